"""The documentation site: Sphinx with MyST and furo; `make docs` builds it, and a warning is an error."""

from __future__ import annotations

import os
import sys
from pathlib import Path

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE / "_ext"))

from sms_adapters import __version__  # noqa: E402 - after the path is set

project = "sms_adapters"
author = "The sms_adapters developers"
project_copyright = author
version = release = __version__

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx_copybutton", "reference_pages"]
source_suffix = {".md": "markdown"}
exclude_patterns = ["_ext", "_static", "_generated/*.inc.md", "tutorial/step*/**", "**/snippets/**", "build"]
default_role = "code"

myst_enable_extensions = ["colon_fence", "deflist", "fieldlist"]
myst_heading_anchors = 4

autodoc_member_order = "bysource"
autodoc_typehints = "signature"
autodoc_typehints_format = "short"
autodoc_preserve_defaults = True
autodoc_use_type_comments = False
python_use_unqualified_type_names = True
python_maximum_signature_line_length = 88
add_module_names = False
# A short name of a type that several modules have is shown without a link.
suppress_warnings = ["config.cache", "ref.python"]

copybutton_prompt_text = r"\$ |>>> "
copybutton_prompt_is_regexp = True

html_theme = "furo"
html_title = f"sms_adapters {version}"
html_static_path = ["_static"]
html_extra_path = ["_generated/files"]
html_css_files = ["site.css"]
html_show_sphinx = False
html_show_sourcelink = False
html_copy_source = False
html_theme_options = {
    "light_css_variables": {"color-brand-primary": "#0b6e4f", "color-brand-content": "#0b6e4f"},
    "dark_css_variables": {"color-brand-primary": "#5fd3a8", "color-brand-content": "#5fd3a8"},
}

conformance_report = os.environ.get("SMS_ADAPTERS_CONFORMANCE", "")
"""`conformance.json` of a run of the suite, from which the levels of the adapters come."""

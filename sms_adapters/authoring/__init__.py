"""For whoever writes an adapter: a package from the template, drafts from API descriptions, examples from the code."""

"""The one redactor: takes secrets out of text, requests, answers, errors and log records.

Two lines of defence. By value: a known secret is found in every form in which encoders of our field write it, see
`forms`; an encoder may leave any character as it is, so a form is matched character by character. By name: what a
header, parameter or JSON field called "Authorization" or "password" holds is masked whether or not it is known.

A secret that was cut (by a limit on length, say) is not found: redact first, shorten after.
"""

from .config import secrets_of
from .naming import MASK
from .records import RedactingFilter
from .redactor import Redactor
from .spelling import forms

__all__ = ["MASK", "RedactingFilter", "Redactor", "forms", "secrets_of"]

"""`python -m sms_adapters` is the command `sms-adapters`."""

from .cli import main

if __name__ == "__main__":
    main()

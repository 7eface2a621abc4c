"""The platform's generic External API, which gateways, modems and small aggregators implement."""

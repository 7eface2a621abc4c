"""Jasmin, the open-source gateway that operators and aggregators run themselves: HTTP API, HTTP connectors, dlr-url."""

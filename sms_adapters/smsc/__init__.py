"""Direct connections to an SMSC: sans-IO codecs of SMPP, UCP/EMI and CIMD2 and what the session needs of them."""

"""CIMD2, the protocol of the Nokia (Nokia Siemens Networks) SMS centre, over TCP."""

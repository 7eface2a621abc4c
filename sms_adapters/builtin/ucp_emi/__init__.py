"""UCP/EMI, the protocol of the CMG (LogicaCMG, Acision) SMS centre, over TCP."""

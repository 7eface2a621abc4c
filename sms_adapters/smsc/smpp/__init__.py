"""SMPP 3.3, 3.4 and 5.0 without I/O: PDUs as values, their octets, and what an SMS needs of them."""

from .codec import decode, encode
from .errors import SmppError
from .pdus import PDUS, OtherPdu, Pdu
from .reader import FrameReader
from .tlvs import Tlv, make_tlvs

__all__ = ["PDUS", "FrameReader", "OtherPdu", "Pdu", "SmppError", "Tlv", "decode", "encode", "make_tlvs"]

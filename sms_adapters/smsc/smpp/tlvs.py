"""Optional parameters (TLVs): a tag, and octets whose type the tag decides. Unknown ones are kept as they came.

Sources: "Short Message Peer to Peer Protocol Specification v3.4", section 5.3.2, and "SMPP Protocol Specification
v5.0", section 4.8, https://smpp.org/. Vendors have the tags 1400 to 3FFF hex.
"""

from __future__ import annotations

from collections.abc import Sequence
from struct import Struct

from .errors import INVALID_OPTIONAL_PART, SmppError

__all__ = ["NAMES", "TAGS", "Tlv", "TlvValue", "make_tlvs", "parse_tlvs", "read_tlv", "tlv_bytes", "write_tlvs"]

Tlv = tuple[int, bytes]
"""A tag and the octets of its value."""

TlvValue = int | str | bytes

HEADER = Struct(">HH")
_TEXT, _OCTETS = "text", "octets"

# Name, tag, and what the value is: an integer of so many octets, text (a C-Octet String), or octets.
_TABLE: tuple[tuple[str, int, int | str], ...] = (
    ("dest_addr_subunit", 0x0005, 1),
    ("dest_network_type", 0x0006, 1),
    ("dest_bearer_type", 0x0007, 1),
    ("dest_telematics_id", 0x0008, 2),
    ("source_addr_subunit", 0x000D, 1),
    ("source_network_type", 0x000E, 1),
    ("source_bearer_type", 0x000F, 1),
    ("source_telematics_id", 0x0010, 1),
    ("qos_time_to_live", 0x0017, 4),
    ("payload_type", 0x0019, 1),
    ("additional_status_info_text", 0x001D, _TEXT),
    ("receipted_message_id", 0x001E, _TEXT),
    ("ms_msg_wait_facilities", 0x0030, 1),
    ("privacy_indicator", 0x0201, 1),
    ("source_subaddress", 0x0202, _OCTETS),
    ("dest_subaddress", 0x0203, _OCTETS),
    ("user_message_reference", 0x0204, 2),
    ("user_response_code", 0x0205, 1),
    ("source_port", 0x020A, 2),
    ("destination_port", 0x020B, 2),
    ("sar_msg_ref_num", 0x020C, 2),
    ("language_indicator", 0x020D, 1),
    ("sar_total_segments", 0x020E, 1),
    ("sar_segment_seqnum", 0x020F, 1),
    ("sc_interface_version", 0x0210, 1),
    ("callback_num_pres_ind", 0x0302, 1),
    ("callback_num_atag", 0x0303, _OCTETS),
    ("number_of_messages", 0x0304, 1),
    ("callback_num", 0x0381, _OCTETS),
    ("dpf_result", 0x0420, 1),
    ("set_dpf", 0x0421, 1),
    ("ms_availability_status", 0x0422, 1),
    ("network_error_code", 0x0423, _OCTETS),
    ("message_payload", 0x0424, _OCTETS),
    ("delivery_failure_reason", 0x0425, 1),
    ("more_messages_to_send", 0x0426, 1),
    ("message_state", 0x0427, 1),
    ("congestion_state", 0x0428, 1),
    ("ussd_service_op", 0x0501, 1),
    ("broadcast_channel_indicator", 0x0600, 1),
    ("broadcast_content_type", 0x0601, _OCTETS),
    ("broadcast_content_type_info", 0x0602, _OCTETS),
    ("broadcast_message_class", 0x0603, 1),
    ("broadcast_rep_num", 0x0604, 2),
    ("broadcast_frequency_interval", 0x0605, _OCTETS),
    ("broadcast_area_identifier", 0x0606, _OCTETS),
    ("broadcast_error_status", 0x0607, 4),
    ("broadcast_area_success", 0x0608, 1),
    ("broadcast_end_time", 0x0609, _OCTETS),
    ("broadcast_service_group", 0x060A, _OCTETS),
    ("billing_identification", 0x060B, _OCTETS),
    ("source_network_id", 0x060D, _TEXT),
    ("dest_network_id", 0x060E, _TEXT),
    ("source_node_id", 0x060F, _OCTETS),
    ("dest_node_id", 0x0610, _OCTETS),
    ("dest_addr_np_resolution", 0x0611, 1),
    ("dest_addr_np_information", 0x0612, _OCTETS),
    ("dest_addr_np_country", 0x0613, _OCTETS),
    ("display_time", 0x1201, 1),
    ("sms_signal", 0x1203, 2),
    ("ms_validity", 0x1204, _OCTETS),
    ("alert_on_message_delivery", 0x130C, _OCTETS),
    ("its_reply_type", 0x1380, 1),
    ("its_session_info", 0x1383, _OCTETS),
)

TAGS = {name: tag for name, tag, _ in _TABLE}
NAMES = {tag: name for name, tag, _ in _TABLE}
_KINDS = {name: kind for name, _, kind in _TABLE}


def parse_tlvs(octets: bytes, at: int) -> tuple[Tlv, ...]:
    """The optional parameters from `at` to the end; raises SmppError for one that is cut short.

    One to three NULs at the end are left out: there are peers that pad, and no parameter is that short.
    """
    end, found = len(octets), []
    while at + 4 <= end:
        tag, length = HEADER.unpack_from(octets, at)
        at += 4 + length
        if at > end:
            raise SmppError(f"the optional parameter {tag:04X} hex is cut short", status=INVALID_OPTIONAL_PART)
        found.append((tag, octets[at - length : at]))
    if at < end and octets[at:].strip(b"\0"):
        raise SmppError(f"{end - at} octets at the end are no optional parameter", status=INVALID_OPTIONAL_PART)
    return tuple(found)


def write_tlvs(tlvs: Sequence[Tlv]) -> bytes:
    """The octets of optional parameters; raises SmppError."""
    try:
        return b"".join([HEADER.pack(tag, len(value)) + value for tag, value in tlvs])
    except Exception as error:  # noqa: BLE001 - whatever was put in place of a tag and octets
        raise SmppError(f"tlvs: not pairs of a tag and at most 65535 octets ({type(error).__name__})") from None


def make_tlvs(**values: TlvValue) -> tuple[Tlv, ...]:
    """Optional parameters by their names, typed: `make_tlvs(sar_msg_ref_num=7, message_payload=b"...")`.

    Raises SmppError for a name that is none and for a value of another type or size.
    """
    return tuple((_tag(name), _octets(name, value)) for name, value in values.items())


def tlv_bytes(tlvs: Sequence[Tlv], tag: int) -> bytes | None:
    """The octets of the first parameter with that tag; None without one."""
    for found, value in tlvs:
        if found == tag:
            return value
    return None


def read_tlv(tlvs: Sequence[Tlv], name: str) -> TlvValue | None:
    """The first parameter of that name: an integer, text or octets; None without one, or where it cannot be read.

    Text may lack the NUL at its end, as it does from many SMSCs; an integer may be wider than it should.
    """
    value = tlv_bytes(tlvs, _tag(name))
    if value is None or _KINDS[name] == _OCTETS:
        return value
    if _KINDS[name] == _TEXT:
        return value.removesuffix(b"\0").decode("latin-1")
    return int.from_bytes(value, "big") if value else None


def _tag(name: str) -> int:
    try:
        return TAGS[name]
    except KeyError:
        raise SmppError(f"no optional parameter is named {name!r}") from None


def _octets(name: str, value: TlvValue) -> bytes:
    kind = _KINDS[name]
    try:
        if isinstance(kind, int):
            return int(value).to_bytes(kind, "big")
        if kind == _TEXT and isinstance(value, str):
            return value.encode("latin-1") + b"\0"
    except (ValueError, OverflowError, TypeError):
        raise SmppError(f"{name}: {value!r} does not fit") from None
    if not isinstance(value, bytes):
        raise SmppError(f"{name}: not {'a string' if kind == _TEXT else 'bytes'}")
    return value

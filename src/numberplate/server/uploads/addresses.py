"""Which addresses are public: anybody's on the Internet, and nobody's on this network."""

from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

# The IANA special-purpose address registries, whether or not an entry is "globally reachable": none is
# where pictures are. https://www.iana.org/assignments/iana-ipv4-special-registry and …-ipv6-special-registry
_IPV4 = (
    "0.0.0.0/8",  # this network
    "10.0.0.0/8",  # private use
    "100.64.0.0/10",  # shared address space
    "127.0.0.0/8",  # loopback
    "169.254.0.0/16",  # link-local: clouds tell their secrets there
    "172.16.0.0/12",  # private use
    "192.0.0.0/24",  # IETF protocol assignments: DS-Lite, PCP and TURN anycast, NAT64 discovery
    "192.0.2.0/24",  # documentation
    "192.31.196.0/24",  # AS112
    "192.52.193.0/24",  # AMT
    "192.88.99.0/24",  # 6to4 relays
    "192.168.0.0/16",  # private use
    "192.175.48.0/24",  # AS112
    "198.18.0.0/15",  # benchmarking
    "198.51.100.0/24",  # documentation
    "203.0.113.0/24",  # documentation
    "224.0.0.0/4",  # multicast
    "240.0.0.0/4",  # reserved, with limited broadcast
)
_IPV6 = (
    "::/8",  # unspecified, loopback, IPv4-compatible and -mapped (also ::ffff:0:0:0/96, translated)
    "64:ff9b::/96",  # NAT64: an IPv4 address is in it
    "64:ff9b:1::/48",  # NAT64 of this network
    "100::/64",  # discard
    "100:0:0:1::/64",  # dummy prefix
    "2001::/23",  # IETF protocol assignments: Teredo, benchmarking, AMT, ORCHID, DRIP
    "2001:db8::/32",  # documentation
    "2002::/16",  # 6to4: an IPv4 address is in it
    "2620:4f:8000::/48",  # AS112
    "3fff::/20",  # documentation
    "5f00::/16",  # segment routing
    "fc00::/7",  # unique local
    "fe80::/10",  # link-local
    "fec0::/10",  # site-local
    "ff00::/8",  # multicast
)
_SPECIAL = {4: tuple(map(ip_network, _IPV4)), 6: tuple(map(ip_network, _IPV6))}

_UNICAST = ip_network("2000::/3")
"""All that was ever given out of IPv6: what is beyond may be anything one day."""


def is_public(address: str) -> bool:
    """Whether an address (IPv4 or IPv6, no name) may be asked for a stranger."""
    try:
        found: IPv4Address | IPv6Address = ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if found.version == 6 and found not in _UNICAST:
        return False
    return not any(found in network for network in _SPECIAL[found.version])

# SPDX-License-Identifier: GPL-2.0-only
"""What the end-to-end tests share. A test imports from here; nothing here imports a test.

The machine
    netns       network namespaces: enter one, run a program in it, wait for a state
    topology    the street: three namespaces, and the wires between them
    conntrack   brings conntrack into a namespace
    translation NAT rules, to port 688 and away from it
    child       runs a function in another process, also as user nobody
    flood       a process that sends as fast as it can
    spoof       packets from a million sources
    nfs         an NFS server and its clients
    tap         a tap device whose packets come with a virtio header
    bpf         XDP, sk_lookup and AF_XDP by plain system calls

Traffic
    wire        builds packets with scapy, sends and receives them
    fragments   UDP datagrams in fragments
    generator   random packets from a seed
    dialogue    connections and datagrams between two ends
    forge       what an attacker needs to forge a reply
    rpc         calls of ONC RPC

Results
    ghost       the module: loading it, and reading its state in a namespace
    genl        its netlink interface, byte by byte
    sources     who came, as the module tells it and as tcpdump's file has it
    hooks       which hooks a namespace has
    kernellog   lines in the kernel's log
    tool        the command line tool, and policies as text
    pcap        tcpdump, and what its files hold
    oracle      a second opinion on packets: which are visits?
    walk        a second opinion on dialogues: which packets are replies?
"""

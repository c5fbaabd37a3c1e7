"""Syncs BATCHES batches of headers from HOST:PORT with buidl, the library of the book's author.

    buidl_sync.py HOST PORT BATCHES

buidl does all the checking: link, proof of work, and the bits of each period.
"""
import sys

from buidl.block import GENESIS_BLOCK_HASH
from buidl.helper import calculate_new_bits
from buidl.network import GetHeadersMessage, HeadersMessage, SimpleNode

PERIOD = 2016


def main(host, port, batches):
    node = SimpleNode(host, port=port)
    node.socket.settimeout(60)
    node.handshake()
    tip, height, bits, period_start = GENESIS_BLOCK_HASH["mainnet"], 0, bytes.fromhex("ffff001d"), 1231006505
    previous = None
    for _ in range(batches):
        node.send(GetHeadersMessage(start_block=tip))
        for header in node.wait_for(HeadersMessage).headers:
            height += 1
            assert header.check_pow(), f"proof of work at {height}"
            assert header.prev_block == tip, f"link at {height}"
            if height % PERIOD == 0:
                bits = calculate_new_bits(previous.bits, previous.timestamp - period_start)
                period_start = header.timestamp
                print(bits.hex())
            assert header.bits == bits, f"bits at {height}"
            tip, previous = header.hash(), header
    print(f"{height} headers, tip {tip.hex()}")


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))

// gateway/journal/crc32c.hpp — RocksDB's checksum by the processor's own instruction.
#pragma once

namespace sluse {

/// Debian builds RocksDB for any x86-64 processor, so its CRC-32C goes by table: a third of the thread that commits, and as much of each byte
/// of state. crc32c.cpp defines the function that the library computes it by, and the dynamic linker takes a program's definition before a
/// library's. The sums are the same, so stores are too. True when it is in use; calling it is what links it in.
bool checksums_by_processor();

} // namespace sluse

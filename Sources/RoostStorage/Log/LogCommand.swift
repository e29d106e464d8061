import RoostCore

/// What is asked of the log's thread.
enum LogCommand: Sendable {
    case append([LogRecord], LogDurability, shard: Int, token: UInt64, bytes: Int)
    case release(segment: UInt32, bytes: Int)
    /// A shard needs nothing of the part it was offered.
    case cleaned(segment: UInt32, shard: Int)
    /// A part of a segment has been offered to these shards; the next one begins here, if there is one.
    case offered(segment: UInt32, to: [Int], next: Int?)
    /// Something of a segment cannot be read.
    case damaged(segment: UInt32)
    /// Nothing is missed of what cannot be read there.
    case repaired(segment: UInt32)
}

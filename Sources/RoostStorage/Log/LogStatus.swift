import Synchronization

/// What any thread may ask of the log without waiting for it.
final class LogStatus: Sendable {
    let isDiskFull = Atomic(false)
    let bytesOnDisk = Atomic(0)
    /// All that this life has written to segments, whether it is still there or not.
    let bytesWritten = Atomic<UInt64>(0)
    /// The sequence number behind the last record that is on stable storage.
    let durableLSN = Atomic<UInt64>(0)
    let hasFailed = Atomic(false)
    /// Shards are asked to append again what is live of a segment.
    let isCleaning = Atomic(false)
}

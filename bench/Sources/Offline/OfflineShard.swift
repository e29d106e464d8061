import Histogram
import NIOCore

/// Writers and readers of one event loop, with what they count. Everything happens on that loop.
final class OfflineShard {
    let eventLoop: any EventLoop
    /// Of each message.
    let bytes: Int
    /// Messages on their way to `sent` of each writer.
    let window: Int
    var counts = OfflineCounts()
    /// Microseconds from writing a message to its `sent`.
    var sentLatency = Histogram<UInt64>(highestTrackableValue: 600_000_000, numberOfSignificantValueDigits: .three)
    /// Microseconds from a user's coming back to the last of what had waited.
    var drainLatency = Histogram<UInt64>(
        highestTrackableValue: 3_600_000_000, numberOfSignificantValueDigits: .three)
    var writers: [OfflineWriter] = []
    var readers: [OfflineReader] = []

    init(eventLoop: any EventLoop, bytes: Int, window: Int) {
        self.eventLoop = eventLoop
        self.bytes = bytes
        self.window = window
    }

    func closeWriters() {
        for writer in writers { writer.close() }
        writers = []
    }

    func closeReaders() {
        for reader in readers { reader.close() }
    }
}

/// What one loop of `offline` has counted since the start.
struct OfflineCounts: Codable, Sendable {
    var sent = 0
    var received = 0
    /// Users who have everything.
    var finished = 0
    var welcomed = 0
    var drained = 0
    /// Messages of an earlier run that were still pending.
    var stale = 0
    var duplicates = 0
    var misordered = 0
    var corrupted = 0
    var disconnects = 0
    var refusals: [String: Int] = [:]
    var endings: [String: Int] = [:]

    mutating func add(_ other: OfflineCounts) {
        sent += other.sent
        received += other.received
        finished += other.finished
        welcomed += other.welcomed
        drained += other.drained
        stale += other.stale
        duplicates += other.duplicates
        misordered += other.misordered
        corrupted += other.corrupted
        disconnects += other.disconnects
        refusals.merge(other.refusals, uniquingKeysWith: +)
        endings.merge(other.endings, uniquingKeysWith: +)
    }
}

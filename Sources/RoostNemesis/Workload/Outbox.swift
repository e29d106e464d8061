import RoostCore

/// What one device has to send to its reader: numbers without gap, from the bottom after every break, marked as a retry
/// when they may have left before. Bodies follow from their numbers, so only sizes and times are kept.
package struct Outbox {
    /// One message to write now.
    package struct Item: Equatable {
        package let number: StreamNumber
        package let bytes: Int
        package let isRetry: Bool
    }

    /// What a `sent` meant.
    package enum Answer: Equatable {
        /// So many messages more are acknowledged.
        case progress(Int)
        /// It was known.
        case known
        /// It covers a number that was never written.
        case neverWritten
    }

    private struct Unsent {
        var composedAt = Instant.zero
        var bytes = 0
    }

    private let window: Int
    // The message `number` is at `number % window` until it is `sent`.
    private var unsent: [Unsent]
    /// The highest number that was given to a message.
    package private(set) var composedUpTo: StreamNumber = 0
    /// The highest number that ever went out.
    package private(set) var writtenUpTo: StreamNumber = 0
    /// The highest number that is acknowledged.
    package private(set) var sentUpTo: StreamNumber = 0
    // What goes out next on this connection.
    private var cursor: StreamNumber = 1
    /// Nothing is written before, after a refusal.
    package private(set) var retryAt: Instant?
    private var failures: UInt64 = 0
    var gauge = StallGauge()

    private static let retryWaitFirst = TimeSpan.milliseconds(100)
    private static let doublingsMax: UInt64 = 4

    /// Nothing sent yet; `window` messages at most wait for `sent`.
    package init(window: Int) {
        self.window = window
        unsent = Array(repeating: Unsent(), count: window)
    }

    /// Whether everything is `sent`.
    package var isEmpty: Bool { sentUpTo == composedUpTo }
    /// Whether nothing more may be composed.
    package var isFull: Bool { composedUpTo - sentUpTo >= UInt64(window) }

    /// A new connection begins with the lowest number that is not `sent`.
    package mutating func connected() {
        cursor = sentUpTo + 1
        retryAt = nil
    }

    /// The person says something, connected or not. The outbox must not be full.
    package mutating func compose(bytes: Int, now: Instant) {
        precondition(!isFull, "\(window) messages wait already")
        if isEmpty { gauge.beganToWait(now) }
        composedUpTo += 1
        unsent[Int(composedUpTo) % window] = Unsent(composedAt: now, bytes: bytes)
    }

    /// The next message to write on this connection.
    package mutating func next(now: Instant) -> Item? {
        if let retryAt {
            guard now >= retryAt else { return nil }
            self.retryAt = nil
        }
        guard cursor <= composedUpTo else { return nil }
        let item = Item(
            number: cursor, bytes: unsent[Int(cursor) % window].bytes, isRetry: cursor <= writtenUpTo)
        writtenUpTo = max(writtenUpTo, cursor)
        cursor += 1
        return item
    }

    /// The node says that everything up to here is safe. `latency` gets the time of each message since it was composed.
    package mutating func sent(upTo: StreamNumber, now: Instant, latency: (TimeSpan) -> Void) -> Answer {
        guard upTo <= writtenUpTo else { return .neverWritten }
        guard upTo > sentUpTo else { return .known }
        for number in sentUpTo + 1...upTo { latency(now.since(unsent[Int(number) % window].composedAt)) }
        let count = Int(upTo - sentUpTo)
        sentUpTo = upTo
        cursor = max(cursor, upTo + 1)
        failures = 0
        gauge.progressed(now, isWaiting: !isEmpty)
        return .progress(count)
    }

    /// The node has dropped the stream: everything again, after a wait that doubles.
    package mutating func refused(now: Instant) {
        guard retryAt == nil else { return }
        retryAt = now + Outbox.retryWaitFirst * (1 << min(failures, Outbox.doublingsMax))
        failures += 1
        cursor = sentUpTo + 1
    }
}

import RoostCore

/// Messages that are due at fixed times, whatever the server does: evenly spaced over all pairs, one pair after another.
///
/// Latency counts from the time a message was due. A server that stalls cannot so put off the messages that would have
/// shown it (coordinated omission).
struct Pace: Sendable {
    /// When the first message of pair 0 is due, in nanoseconds of uptime.
    let start: UInt64
    let messagesPerSecond: Int
    let pairs: Int

    /// When message `number` of a pair is due.
    func due(_ number: StreamNumber, of pair: Int) -> UInt64 {
        let position = (number - 1) * UInt64(pairs) + UInt64(pair)
        let (seconds, rest) = position.quotientAndRemainder(dividingBy: UInt64(messagesPerSecond))
        return start + seconds * 1_000_000_000 + rest * 1_000_000_000 / UInt64(messagesPerSecond)
    }

    /// How many messages of a pair are due by a time.
    func dueCount(of pair: Int, at now: UInt64) -> StreamNumber {
        guard now >= start else { return 0 }
        let (seconds, rest) = (now - start).quotientAndRemainder(dividingBy: 1_000_000_000)
        let positions = seconds * UInt64(messagesPerSecond) + rest * UInt64(messagesPerSecond) / 1_000_000_000
        return positions >= UInt64(pair) ? (positions - UInt64(pair)) / UInt64(pairs) + 1 : 0
    }
}

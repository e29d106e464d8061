import RoostCore

/// How other nodes' monotonic clocks stand to this one's, so that the age of what they say can be told although it may have been
/// held on the way, and no two clocks show the same time.
///
/// A node is asked for its clock: between the question at `asked` and the answer, by this clock, the other's showed `told`. So what
/// the other stamped with `stamp` is at most `(now − asked) + (told − stamp)` old: never taken for younger than it is, and for older
/// by no more than a question and its answer take. After an idea of Cristian ("Probabilistic clock synchronization", 1989).
struct PeerClocks: Sendable {
    /// Clocks drift apart and machines are suspended: an answer is good for so long.
    static let freshness = TimeSpan.seconds(30)
    /// After this long a question is asked again.
    static let patience = TimeSpan.seconds(1)

    private struct Reading: Sendable {
        let asked: Instant
        let told: Instant
    }

    /// What came from a node whose clock is not known yet.
    struct Held: Sendable {
        let peer: NodeID
        let message: PresenceMessage
    }

    private var readings: [NodeID: Reading] = [:]
    private var questions: [NodeID: Instant] = [:]
    private(set) var held: [Held] = []

    /// How old at most is what a node stamped; `nil` when it is not known how its clock stands.
    func age(of stamp: Instant, by peer: NodeID, now: Instant) -> TimeSpan? {
        guard let reading = readings[peer] else { return nil }
        let since = now.since(reading.asked)
        guard stamp > reading.told else { return since + reading.told.since(stamp) }
        let later = stamp.since(reading.told)
        // From the future: the clock that was asked is not the one that stamped.
        guard later <= since else { return nil }
        return TimeSpan(nanoseconds: since.nanoseconds - later.nanoseconds)
    }

    /// Whether the node is to be asked for its clock now; if so, it counts as asked.
    mutating func shouldAsk(_ peer: NodeID, now: Instant) -> Bool {
        if let reading = readings[peer], now.since(reading.asked) < PeerClocks.freshness { return false }
        if let asked = questions[peer], now.since(asked) < PeerClocks.patience { return false }
        questions[peer] = now
        return true
    }

    /// A node's answer. Returns what was held for want of it.
    mutating func told(_ told: Instant, by peer: NodeID, asked: Instant) -> [PresenceMessage] {
        guard questions.removeValue(forKey: peer) == asked else { return [] }
        readings[peer] = Reading(asked: asked, told: told)
        let messages = held.filter { $0.peer == peer }.map(\.message)
        held.removeAll { $0.peer == peer }
        return messages
    }

    /// Keeps a message until the node's clock is known. Whatever is held for long is too old by then.
    mutating func hold(_ message: PresenceMessage, from peer: NodeID) {
        readings[peer] = nil
        guard held.count < Limits.typingsHeldMax else { return }
        held.append(Held(peer: peer, message: message))
    }

    /// The node has a new life, or its link is lost: its clock is another one, or there is no answer to come.
    mutating func forget(_ peer: NodeID) {
        readings[peer] = nil
        questions[peer] = nil
        held.removeAll { $0.peer == peer }
    }
}

extension TimeSpan {
    /// Both, one after the other.
    static func + (left: TimeSpan, right: TimeSpan) -> TimeSpan {
        let (sum, overflow) = left.nanoseconds.addingReportingOverflow(right.nanoseconds)
        return TimeSpan(nanoseconds: overflow ? .max : sum)
    }
}

import RoostCore
import RoostSession

extension ClientSession {
    /// Between two times that a node is told that the person types.
    public static let typingInterval = Limits.typingInterval

    /// These are the people and groups on the screen: what is known of them comes as ``Action/presence(_:_:)`` and
    /// ``Action/groupReceipt(_:_:)``, now and after each reconnect.
    public mutating func watch(_ shown: [Address], into actions: inout [Action]) {
        watched = Array(shown.prefix(Limits.watchedMax))
        if link == .online { sayWatched(into: &actions) }
    }

    func sayWatched(into actions: inout [Action]) {
        actions.append(.write(.watch(watched.map(\.text))))
    }

    /// The node has refused the last set because there were many within a short time.
    mutating func watchAgain(now: Instant, into actions: inout [Action]) {
        guard let watchAgainAt, now >= watchAgainAt else { return }
        self.watchAgainAt = nil
        sayWatched(into: &actions)
    }

    /// The person presses keys, or records. May be called for every key; without a connection it is not said later either.
    public mutating func type(
        to: Address, isRecording: Bool = false, now: Instant, into actions: inout [Action]
    ) {
        guard link == .online else { return }
        if let typed, typed.to == to, now.since(typed.at) < ClientSession.typingInterval { return }
        typed = (to, now)
        actions.append(.write(.typing(to: to.text, isRecording: isRecording)))
    }
}

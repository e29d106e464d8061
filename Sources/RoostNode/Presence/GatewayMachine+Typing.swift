import RoostCore
import RoostRing
import RoostSession

/// A gateway's part in typing: what its clients say goes to one owner, what the owner says to the client while it is fresh.
extension GatewayMachine {
    /// A session's person types.
    func tell(
        typingTo to: Address, isRecording: Bool, by user: Address, now: Instant, into actions: inout [ShardAction]
    ) {
        send(TypingNotice(from: user, to: to, isRecording: isRecording, stamp: now), into: &actions)
    }

    /// Sends a notice to an owner of whom it is for.
    func send(_ notice: TypingNotice, into actions: inout [ShardAction]) {
        guard let ring else { return }
        let slot = ring.slot(of: notice.to)
        let owner = ring.owners(of: slot)[choosePusher(slot, in: ring)]
        let message = PresenceMessage.typing(slot: slot, version: ring.version(of: slot), notice)
        actions.append(.send(owner, .presence(message)))
    }

    /// Somebody types to the user of a session; the notice is `age` old.
    mutating func typed(
        _ token: GatewayToken, slot: Slot, _ notice: TypingNotice, age: TimeSpan, by owner: NodeID,
        into actions: inout [ShardAction]
    ) {
        guard isKnown(token, slot: slot, owner: owner, into: &actions), age < Limits.typingLifetime,
            let machine = sessions[token]?.machine, machine.isAuthenticated, machine.user == notice.to
        else { return }
        let left = (Limits.typingLifetime.nanoseconds - age.nanoseconds) / 1_000_000
        guard left > 0 else { return }
        let frame = ServerFrame.Typing(
            from: notice.from, group: notice.group, isRecording: notice.isRecording, milliseconds: UInt32(left))
        actions.append(.frame(token, .typing(frame)))
    }
}

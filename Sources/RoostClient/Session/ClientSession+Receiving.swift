import RoostCore
import RoostSession

extension ClientSession {
    /// The person has seen everything up to `upTo` of a stream.
    public mutating func markRead(
        from: Address, _ key: StreamKey, upTo: StreamNumber, into actions: inout [Action]
    ) {
        guard let index = index(from: from.text, key) else { return }
        let seen = min(upTo, state.inbound[index].watermark)
        guard seen > state.inbound[index].readUpTo else { return }
        state.inbound[index].readUpTo = seen
        actions.append(.save)
        // Before the backlog is through the node may not know what this device has stored.
        guard link == .online, hasDrained else { return }
        isPingBehindReads = false
        actions.append(.write(.read(from: from.text, key, upTo: seen)))
    }

    /// The highest number stored of a stream; 0 when there is none.
    public func watermark(from: Address, _ key: StreamKey) -> StreamNumber {
        index(from: from.text, key).map { state.inbound[$0].watermark } ?? 0
    }

    mutating func take(_ message: ServerFrame.Message, into actions: inout [Action]) {
        let index: Int
        if let known = self.index(from: message.from.text, message.key) {
            index = known
        } else {
            state.inbound.append(InboundStream(from: message.from.text, key: message.key))
            index = state.inbound.endIndex - 1
        }
        state.inbound[index].ackDue = max(state.inbound[index].ackDue, message.number)
        guard message.number > state.inbound[index].watermark else {
            // The cluster has lost the word that it was stored here, and with it perhaps that it was read.
            guard message.number <= state.inbound[index].readUpTo else { return }
            state.inbound[index].readConfirmedUpTo = min(
                state.inbound[index].readConfirmedUpTo, message.number - 1)
            hasReadAgain = true
            return
        }
        state.inbound[index].watermark = message.number
        actions.append(
            .show(
                ReceivedMessage(
                    from: message.from, key: message.key, number: message.number, content: message.content,
                    sentAtMilliseconds: message.sentAtMilliseconds)))
    }

    mutating func acknowledge(into actions: inout [Action]) {
        guard state.inbound.contains(where: { $0.ackDue > 0 }) else { return }
        actions.append(.save)
        for index in state.inbound.indices where state.inbound[index].ackDue > 0 {
            actions.append(.write(.ack(state.inbound[index].key, upTo: state.inbound[index].ackDue)))
            state.inbound[index].ackDue = 0
        }
        if hasReadAgain, hasDrained { sayReads(into: &actions) }
    }

    /// Says what was not said, and again what an earlier connection may have lost.
    mutating func sayReads(into actions: inout [Action]) {
        isPingBehindReads = false
        hasReadAgain = false
        for stream in state.inbound where stream.readUpTo > stream.readConfirmedUpTo {
            actions.append(.write(.read(from: stream.from, stream.key, upTo: stream.readUpTo)))
        }
    }

    /// A ping is answered. If it was sent after the last `read` the node has taken all of them.
    mutating func confirmReads() {
        guard isPingBehindReads else { return }
        for index in state.inbound.indices {
            state.inbound[index].readConfirmedUpTo = state.inbound[index].readUpTo
        }
    }

    private func index(from: String, _ key: StreamKey) -> Int? {
        state.inbound.firstIndex { $0.stream == key.stream && $0.device == key.device && $0.from == from }
    }
}

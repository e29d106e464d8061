import RoostCore
import RoostSession

extension ClientSession {
    /// The person says something. The message is kept and numbered, and goes out as soon as it can.
    ///
    /// - Parameters:
    ///   - to: who is to get it.
    ///   - kind: what it is for; of those that are about nothing.
    ///   - body: what is said.
    ///   - lifetimeSeconds: how long it waits for its reader; 0 for ever.
    ///   - now: the time.
    ///   - actions: takes what to do now.
    /// - Returns: The name of the message in later actions; `nil` when the body is longer than ``Limits/bodyBytesMax``.
    public mutating func compose(
        to: Address, kind: MessageHeader.Kind = .plain, body: [UInt8], lifetimeSeconds: UInt32 = 0, now: Instant,
        into actions: inout [Action]
    ) -> MessageID? {
        guard body.count <= Limits.bodyBytesMax else { return nil }
        let id = state.nextMessageID
        state.nextMessageID += 1
        state.outbound[currentStream(to: to.text)].append(
            id: id, body: body, kind: kind, lifetimeSeconds: lifetimeSeconds)
        actions.append(.save)
        pump(now: now, into: &actions)
        return id
    }

    /// Writes what may be written: for each stream from the lowest number without `sent` upward, within the limits.
    mutating func pump(now: Instant, into actions: inout [Action]) {
        guard link == .online else { return }
        var messages = 0
        var bytes = 0
        for stream in state.outbound {
            for message in stream.unsent.prefix(while: { $0.number < stream.cursor }) {
                messages += 1
                bytes += message.body.count
            }
        }
        for index in state.outbound.indices {
            if let retryAt = state.outbound[index].retryAt {
                guard now >= retryAt else { continue }
                state.outbound[index].retryAt = nil
            }
            while messages < ClientSession.inFlightMax, bytes < ClientSession.inFlightBytesMax,
                let message = state.outbound[index].takeNext()
            {
                messages += 1
                bytes += message.body.count
                actions.append(
                    .write(
                        .send(
                            .init(
                                id: message.id, to: state.outbound[index].to, stream: state.outbound[index].stream,
                                number: message.number, content: message.content, isRetry: message.wasWritten))))
            }
        }
    }

    mutating func raise(
        to tick: Tick, _ to: Address, _ stream: UInt64, upTo: StreamNumber, into actions: inout [Action]
    ) {
        guard upTo > 0, let index = index(to: to.text, stream: stream) else { return }
        state.outbound[index].raise(to: tick, upTo: upTo) { actions.append(.tick($0, tick)) }
        dropIfSpent(index)
    }

    /// Messages ended before any device of the recipient had them.
    mutating func end(
        _ numbers: NumberRuns, _ to: Address, _ stream: UInt64, into actions: inout [Action]
    ) {
        guard !numbers.isEmpty, let index = index(to: to.text, stream: stream) else { return }
        state.outbound[index].end(numbers) { actions.append(.tick($0, .expired)) }
        dropIfSpent(index)
    }

    mutating func accept(_ to: Address, _ stream: UInt64, _ number: StreamNumber, into actions: inout [Action]) {
        guard let index = index(to: to.text, stream: stream) else { return }
        if let id = state.outbound[index].accept(number) { actions.append(.tick(id, .accepted)) }
    }

    mutating func noteSuccess(_ to: Address, _ stream: UInt64) {
        guard let index = index(to: to.text, stream: stream) else { return }
        state.outbound[index].failures = 0
    }

    mutating func refused(_ error: ErrorFrame, now: Instant, into actions: inout [Action]) {
        // Without a number it is the answer to a query, and says nothing about any message.
        let index = error.number == 0 ? nil : index(to: error.to, stream: error.stream)
        switch error.code {
        case .sequenceReused:
            guard let index else { return actions.append(.note(error)) }
            rotate(index, into: &actions)
            pump(now: now, into: &actions)
        case .sequenceGap:
            guard let index else { return actions.append(.note(error)) }
            if error.expected <= state.outbound[index].sentUpTo {
                // The node misses what this side no longer has.
                rotate(index, into: &actions)
                pump(now: now, into: &actions)
            } else {
                delay(index, now: now)
            }
        case .rateLimited where error.to.isEmpty:
            // Of the people on the screen the last set counts.
            watchAgainAt = now + .milliseconds(error.retryAfterMilliseconds)
        case .unavailable, .diskFull, .mailboxFull, .tooManyUnsent, .overloaded, .rateLimited:
            guard let index, state.outbound[index].retryAt == nil else { return }
            actions.append(.note(error))
            delay(index, now: now)
        case .unknownUser, .badUserName, .notAMember:
            refuseAll(to: error.to, error, into: &actions)
        case .bodyTooLarge, .badNumber, .badFrame, .badAck, .unauthenticated, .sessionReplaced, .deviceRemoved,
            .accountDisabled, .tooManyWatched, .notYours, .tooLate:
            actions.append(.note(error))
        }
    }

    /// A stream whose numbers are in doubt is given up: what is not `sent` moves to a new one.
    private mutating func rotate(_ index: Int, into actions: inout [Action]) {
        let unsent = Array(state.outbound[index].unsent)
        guard !unsent.isEmpty else { return }
        state.outbound[index].messages.removeLast(unsent.count)
        state.outbound[index].cursor = .max
        var fresh = OutboundStream(to: state.outbound[index].to, stream: newStreamNumber())
        for message in unsent { fresh.append(message) }
        if state.outbound[index].messages.isEmpty { state.outbound.remove(at: index) }
        state.outbound.append(fresh)
        actions.append(.save)
    }

    /// Begins again at the lowest number without `sent`, after a wait that grows.
    private mutating func delay(_ index: Int, now: Instant) {
        guard state.outbound[index].retryAt == nil else { return }
        let wait = TimeSpan.milliseconds(250) * (1 << UInt64(min(state.outbound[index].failures, 5)))
        state.outbound[index].failures += 1
        state.outbound[index].retryAt =
            now
            + TimeSpan(nanoseconds: wait.nanoseconds / 2 + UInt64.random(in: 0...wait.nanoseconds / 2, using: &random))
        state.outbound[index].rewind()
    }

    /// There is no such recipient: nothing was taken, so the numbers are free again.
    private mutating func refuseAll(to: String, _ error: ErrorFrame, into actions: inout [Action]) {
        var gone: [MessageID] = []
        for index in state.outbound.indices where state.outbound[index].to == to {
            gone += state.outbound[index].unsent.map(\.id)
            state.outbound[index].messages.removeLast(state.outbound[index].unsent.count)
            state.outbound[index].nextNumber = state.outbound[index].sentUpTo + 1
            state.outbound[index].rewind()
        }
        guard !gone.isEmpty else { return }
        state.outbound.removeAll { $0.to == to && $0.messages.isEmpty && $0.sentUpTo == 0 }
        actions.append(.save)
        for id in gone { actions.append(.refused(id, error.code, text: error.text)) }
    }

    /// The stream that new messages to `to` go into: the last that was begun.
    private mutating func currentStream(to: String) -> Int {
        if let index = state.outbound.lastIndex(where: { $0.to == to }) { return index }
        state.outbound.append(OutboundStream(to: to, stream: newStreamNumber()))
        return state.outbound.endIndex - 1
    }

    /// Random, so that a device that has lost its state never goes on in a stream it cannot know. Below 2^53, which
    /// every JSON reader holds exactly.
    private mutating func newStreamNumber() -> UInt64 {
        UInt64.random(in: 1..<(1 << 53), using: &random)
    }

    private func index(to: String, stream: UInt64) -> Int? {
        state.outbound.firstIndex { $0.stream == stream && $0.to == to }
    }

    /// An old stream of which everything has been read is forgotten; the current one is kept for its numbers.
    private mutating func dropIfSpent(_ index: Int) {
        let stream = state.outbound[index]
        let isCurrent = state.outbound.lastIndex { $0.to == stream.to } == index
        if stream.messages.isEmpty, !isCurrent { state.outbound.remove(at: index) }
    }
}

import OrderedCollections
import RoostCore

extension SessionMachine {
    /// Numbers from here on are refused: no client gets there by counting.
    static let numberMax: StreamNumber = 1 << 63

    mutating func receivedSend(
        _ send: ClientFrame.Send, now: Instant, wallMilliseconds: UInt64, into actions: inout [SessionAction]
    ) {
        func error(_ code: ErrorCode, _ text: String, expected: StreamNumber = 0) -> ErrorFrame {
            ErrorFrame(
                code, text, id: send.id, to: send.to, stream: send.stream, number: send.number, expected: expected)
        }
        // The rest of what has an address is not for clients: to send there would tell what exists.
        guard let to = Address(send.to), to.kind == .user || to.kind == .group else {
            refuse(error(.badUserName, "a user name is 1 to 64 of a-z 0-9 . _ -"), into: &actions)
            return
        }
        let (header, body) = send.content.parts
        guard body.count <= Limits.bodyBytesMax else {
            refuse(error(.bodyTooLarge, "\(body.count) bytes, at most \(Limits.bodyBytesMax)"), into: &actions)
            return
        }
        if let (code, text) = fault(in: header, to: to, wallMilliseconds: wallMilliseconds) {
            refuse(error(code, text), into: &actions)
            return
        }
        let isNumberedHere = send.stream == 0 && send.number == 0
        guard isNumberedHere || send.stream != 0 && send.number != 0 && send.number < SessionMachine.numberMax else {
            refuse(
                error(.badNumber, "give both stream and n, from 1 to 2^63 - 1, or neither"), into: &actions)
            return
        }
        guard unsentMessages < Limits.unsentMessagesMax, unsentBytes + send.content.bytes.count <= Limits.unsentBytesMax
        else {
            refuse(
                error(.tooManyUnsent, "\(unsentMessages) messages wait for sent: wait for one, then resend"),
                into: &actions)
            return
        }
        if let sendRate, let wait = sends.take(sendRate, now: now) {
            refuse(SessionMachine.tooFast(send, wait: wait), into: &actions)
            return
        }
        let key = OutboundKey(to: to, stream: isNumberedHere ? ownStream(to: to) : send.stream)
        var isNew = outbound[key] == nil
        if case .failed(let lowest) = outbound[key]?.state {
            guard send.number <= lowest else {
                refuse(error(.unavailable, SessionMachine.givenUpText), into: &actions)
                return
            }
            isNew = true
            outbound[key] = OutboundStream(sentUpTo: outbound[key]?.sentUpTo ?? 0)
        }
        if outbound[key] == nil, outbound.count >= Limits.openStreamsMax { forgetIdleStream() }
        let taken = outbound[key]?.taken ?? 0
        let number = isNumberedHere ? taken + 1 : send.number
        // On an open stream the next number follows the last; a lower one is a retry after an error.
        if taken > 0, number > taken + 1 {
            refuse(error(.sequenceGap, "\(taken + 1) comes next", expected: taken + 1), into: &actions)
            return
        }
        let message = OutboundMessage(
            number: number, body: send.content.bytes, isRetry: send.isRetry, sentAtMilliseconds: wallMilliseconds)
        unsentMessages += 1
        unsentBytes += send.content.bytes.count
        if send.id != 0 {
            actions.append(.frame(.accepted(id: send.id, to: to, stream: key.stream, number: number)))
        }
        let isIdle = modifyOutbound(key) { stream in
            stream.taken = max(stream.taken, number)
            stream.waiting.append(message)
            stream.waitingBytes += message.body.count
            return stream.state == .idle
        }
        if isNew {
            actions.append(.open(key))
        } else if isIdle {
            startBatch(key, into: &actions)
        }
    }

    /// The account has sent as much as it may: the message is not taken.
    public mutating func sendHeldBack(
        _ send: ClientFrame.Send, wait: TimeSpan, now: Instant, into actions: inout [SessionAction]
    ) {
        guard isAuthenticated else { return }
        lastHeard = now
        refuse(SessionMachine.tooFast(send, wait: wait), into: &actions)
    }

    private static func tooFast(_ send: ClientFrame.Send, wait: TimeSpan) -> ErrorFrame {
        let milliseconds = wait.nanoseconds / 1_000_000 + 1
        return ErrorFrame(
            .rateLimited, "too many messages in this time: wait \(milliseconds) ms, then resend", id: send.id,
            to: send.to, stream: send.stream, number: send.number, retryAfterMilliseconds: milliseconds)
    }

    /// What is wrong with what a message says of itself; `nil` for nothing.
    ///
    /// The nodes keep no messages that have been delivered, so nobody but the readers can tell when one was sent: its author
    /// says when, is held to it here, and readers refuse what says otherwise than they know.
    private func fault(
        in header: MessageHeader, to recipient: Address, wallMilliseconds: UInt64
    ) -> (ErrorCode, String)? {
        guard header.lifetimeSeconds <= Limits.lifetimeSecondsMax else {
            return (.badFrame, "a lifetime is at most \(Limits.lifetimeSecondsMax) seconds")
        }
        switch header.kind {
        case .plain where header.about == nil: return nil
        case .plain, .edit, .deletion, .reaction: break
        case .lifetimeChange: return nil
        case .erasure where recipient.kind == .group: return (.badFrame, "a group is dissolved, not erased")
        case .erasure: return nil
        case .groupEvent: return (.badFrame, "what is done to a group is told by the group")
        case .expired: return (.badFrame, "that a message has ended is told by the nodes")
        case .unknown: return (.badFrame, "a kind that this node does not know")
        }
        guard let about = header.about else { return (.badFrame, "\(header.kind) of nothing: say about what") }
        guard about.number > 0, about.number < SessionMachine.numberMax else {
            return (.badNumber, "about a message without a number")
        }
        let window: TimeSpan
        switch header.kind {
        case .edit: window = changeWindows.editing
        case .deletion: window = changeWindows.deletion
        case .plain, .reaction, .lifetimeChange, .erasure, .groupEvent, .expired, .unknown: return nil
        }
        guard ownDevices.contains(about.key.device) else {
            return (.notYours, "only who has sent a message may change it or take it back")
        }
        let age = wallMilliseconds.subtractingReportingOverflow(about.sentAtMilliseconds)
        guard age.overflow || age.partialValue <= window.nanoseconds / 1_000_000 else {
            return (.tooLate, "allowed here for \(window.nanoseconds / 60_000_000_000) minutes after it was sent")
        }
        return nil
    }

    /// A majority has told how far the stream has got.
    /// - Parameters:
    ///   - key: the stream that was asked about.
    ///   - top: the highest number that any of them holds or has delivered.
    ///   - actions: takes what to do now.
    public mutating func streamOpened(_ key: OutboundKey, top: StreamNumber, into actions: inout [SessionAction]) {
        guard outbound[key]?.state == .opening else { return }
        _ = modifyOutbound(key) { stream in
            stream.state = .idle
            stream.top = top
            return true
        }
        guard let first = outbound[key]?.waiting.first else { return }
        guard first.number <= top + 1 else {
            giveUp(key) { message in
                ErrorFrame(
                    .sequenceGap, "\(top + 1) comes next", to: key.to.text, stream: key.stream,
                    number: message.number, expected: top + 1)
            } into: {
                actions.append($0)
            }
            return
        }
        startBatch(key, into: &actions)
    }

    /// Everything of the batch under way is on the disks of a majority.
    public mutating func batchSent(_ key: OutboundKey, into actions: inout [SessionAction]) {
        guard case .sending(let upTo, let messages, let bytes) = outbound[key]?.state else { return }
        unsentMessages -= messages
        unsentBytes -= bytes
        actions.append(.frame(.sent(to: key.to, stream: key.stream, upTo: upTo)))
        _ = modifyOutbound(key) { stream in
            stream.state = .idle
            stream.sentUpTo = max(stream.sentUpTo, upTo)
            return true
        }
        startBatch(key, into: &actions)
    }

    /// The owners that are left of these recipients' queues may know less of the streams to them than was known: each is opened
    /// anew when it is used.
    public mutating func forgetPlaces(to isBereft: (Address) -> Bool) {
        for (key, stream) in outbound where stream.state == .idle && isBereft(key.to) { _ = removeOutbound(key) }
    }

    private static let givenUpText = "given up with an earlier message of its stream: resend as a retry"

    /// The stream could not be opened, or its batch was refused or got no majority. The client learns it of every
    /// message that it waits for, and begins the stream anew with the lowest of them; what is on its way behind is refused.
    public mutating func streamFailed(
        _ key: OutboundKey, _ code: ErrorCode, _ text: String, at number: StreamNumber? = nil,
        retryAfterMilliseconds: UInt64 = 0, into actions: inout [SessionAction]
    ) {
        guard let stream = outbound[key] else { return }
        if case .sending(let upTo, let messages, let bytes) = stream.state {
            unsentMessages -= messages
            unsentBytes -= bytes
            for unsent in (upTo + 1 - StreamNumber(messages))...upTo {
                let isCulprit = number == nil || number == unsent
                let error = ErrorFrame(
                    isCulprit ? code : .unavailable,
                    isCulprit ? text : "given up with another message of its stream: resend as a retry",
                    to: key.to.text, stream: key.stream, number: unsent)
                refuse(error, into: &actions)
            }
        }
        let isOfAll = number == nil
        giveUp(key) { message in
            ErrorFrame(
                isOfAll ? code : .unavailable, isOfAll ? text : SessionMachine.givenUpText,
                to: key.to.text, stream: key.stream, number: message.number,
                retryAfterMilliseconds: retryAfterMilliseconds)
        } into: {
            actions.append($0)
        }
    }

    /// The state of one of the client's streams is known.
    public mutating func stateKnown(_ streamState: ServerFrame.StreamState, into actions: inout [SessionAction]) {
        guard isAuthenticated else { return }
        actions.append(.frame(.state(streamState)))
    }

    /// A query could not be answered.
    public mutating func queryFailed(
        id: UInt64, _ key: OutboundKey, _ code: ErrorCode, _ text: String, retryAfterMilliseconds: UInt64 = 0,
        into actions: inout [SessionAction]
    ) {
        guard isAuthenticated else { return }
        refuse(
            ErrorFrame(
                code, text, id: id, to: key.to.text, stream: key.stream,
                retryAfterMilliseconds: retryAfterMilliseconds), into: &actions)
    }

    private mutating func startBatch(_ key: OutboundKey, into actions: inout [SessionAction]) {
        var batch: [OutboundMessage] = []
        _ = modifyOutbound(key) { stream in
            batch = stream.nextBatch()
            if let last = batch.last {
                let bytes = batch.reduce(0) { $0 + $1.body.count }
                stream.state = .sending(upTo: last.number, messages: batch.count, bytes: bytes)
            }
            return true
        }
        guard !batch.isEmpty else { return }
        actions.append(.replicate(key, batch))
    }

    private mutating func giveUp(
        _ key: OutboundKey, error: (OutboundMessage) -> ErrorFrame, into emit: (SessionAction) -> Void
    ) {
        let isNumberedHere = ownStreams[key.to] == key.stream
        guard let stream = removeOutbound(key) else { return }
        for message in stream.waiting {
            unsentMessages -= 1
            unsentBytes -= message.body.count
            emit(.frame(.error(error(message))))
        }
        // A stream that is numbered here has no retries: the next message begins another one. And what is `sent` does not come
        // again, even if a second try of it failed.
        if !isNumberedHere, let lowest = stream.lowestUnsent {
            outbound[key] = OutboundStream(
                state: .failed(at: max(lowest, stream.sentUpTo + 1)), sentUpTo: stream.sentUpTo)
        }
    }

    /// Makes room for a new stream by forgetting one with nothing under way; it is opened again when it is used. One that
    /// failed goes only when there is no other: who has so many does not come back to them.
    private mutating func forgetIdleStream() {
        let isIdle = { (stream: OutboundStream) in stream.state == .idle && stream.waiting.isEmpty }
        let index = outbound.values.firstIndex(where: isIdle) ?? outbound.values.firstIndex(where: \.hasFailed)
        if let index { _ = removeOutbound(outbound.keys[index]) }
    }

    private mutating func removeOutbound(_ key: OutboundKey) -> OutboundStream? {
        if ownStreams[key.to] == key.stream { ownStreams.removeValue(forKey: key.to) }
        return outbound.removeValue(forKey: key)
    }

    private mutating func ownStream(to: Address) -> UInt64 {
        if let open = ownStreams[to] { return open }
        let fresh = nextOwnStream
        ownStreams[to] = fresh
        nextOwnStream = max(1, fresh &+ 1)
        return fresh
    }

    private mutating func modifyOutbound(_ key: OutboundKey, _ change: (inout OutboundStream) -> Bool) -> Bool {
        change(&outbound[key, default: OutboundStream()])
    }
}

import FoundationEssentials
import RoostCore
import RoostSession

extension ServerFrame {
    init(_ kind: Roost_V1_ServerFrame.OneOf_Kind) throws(WireError) {
        switch kind {
        case .welcome(let welcome):
            self = .welcome(
                Welcome(
                    user: try address(welcome.user), device: welcome.device, node: welcome.node,
                    window: Int(welcome.window)))
        case .accepted(let accepted):
            self = .accepted(
                id: accepted.id, to: try address(accepted.to), stream: accepted.stream, number: accepted.n)
        case .sent(let sent):
            self = .sent(to: try address(sent.to), stream: sent.stream, upTo: sent.upTo)
        case .message(let message):
            let header = MessageHeader(
                kind: MessageHeader.Kind(message.kind), isForwarded: message.forwarded,
                about: message.hasAbout ? MessageReference(message.about) : nil,
                origin: message.hasOrigin ? try origin(message.origin) : nil, lifetimeSeconds: message.lifetimeS)
            self = .message(
                Message(
                    from: try address(message.from),
                    key: StreamKey(device: message.device, stream: message.stream), number: message.n,
                    content: MessageContent(header, body: message.body), lostFrom: message.lostFrom,
                    sentAtMilliseconds: message.sentAtMs))
        case .receipt(let receipt):
            self = .receipt(try StreamReceipt(receipt))
        case .state(let state):
            self = .state(
                StreamState(
                    id: state.id, to: try address(state.to), stream: state.stream, heldUpTo: state.heldUpTo,
                    deliveredUpTo: state.deliveredUpTo, readUpTo: state.readUpTo))
        case .error(let error):
            guard let code = UInt8(exactly: error.code.rawValue).flatMap(ErrorCode.init(rawValue:)) else {
                throw .unknownErrorCode(error.code.rawValue)
            }
            self = .error(
                ErrorFrame(
                    code, error.text, id: error.id, to: error.to, stream: error.stream, number: error.n,
                    expected: error.expected, retryAfterMilliseconds: error.retryAfterMs))
        case .pong(let pong):
            self = .pong(nonce: pong.nonce)
        case .drained:
            self = .drained
        case .bye(let bye):
            self = .bye(reason: bye.reason, reconnectAfterMilliseconds: bye.reconnectAfterMs)
        case .presence(let presence):
            self = .presence(user: try address(presence.user), PresenceState(presence))
        case .groupReceipt(let receipt):
            self = .groupReceipt(group: try address(receipt.group), GroupProgress(receipt))
        case .typing(let typing):
            self = .typing(
                Typing(
                    from: try address(typing.from), group: typing.group.isEmpty ? nil : try address(typing.group),
                    isRecording: typing.recording, milliseconds: typing.forMs))
        }
    }
}

private func address(_ text: String) throws(WireError) -> Address {
    guard let address = Address(text) else { throw .malformed("address") }
    return address
}

private func origin(_ origin: Roost_V1_Origin) throws(WireError) -> MessageOrigin {
    MessageOrigin(
        author: try address(origin.author), to: try address(origin.to),
        key: StreamKey(device: origin.device, stream: origin.stream), number: origin.n)
}

extension Roost_V1_ServerFrame {
    init(_ frame: ServerFrame) {
        self.init()
        switch frame {
        case .welcome(let welcome):
            var proto = Roost_V1_Welcome()
            proto.user = welcome.user.text
            proto.device = welcome.device
            proto.node = welcome.node
            proto.window = UInt32(clamping: welcome.window)
            proto.bodyBytesMax = UInt32(Limits.bodyBytesMax)
            proto.unsentMessagesMax = UInt32(Limits.unsentMessagesMax)
            kind = .welcome(proto)
        case .accepted(let id, let to, let stream, let number):
            var proto = Roost_V1_Accepted()
            proto.id = id
            proto.to = to.text
            proto.stream = stream
            proto.n = number
            kind = .accepted(proto)
        case .sent(let to, let stream, let upTo):
            var proto = Roost_V1_Sent()
            proto.to = to.text
            proto.stream = stream
            proto.upTo = upTo
            kind = .sent(proto)
        case .message(let message):
            var proto = Roost_V1_Message()
            proto.from = message.from.text
            proto.device = message.key.device
            proto.stream = message.key.stream
            proto.n = message.number
            let (header, body) = message.content.parts
            proto.body = Data(body)
            proto.lostFrom = message.lostFrom
            proto.sentAtMs = message.sentAtMilliseconds
            proto.kind = Roost_V1_MessageKind(header.kind)
            if let about = header.about { proto.about = Roost_V1_Reference(about) }
            proto.forwarded = header.isForwarded
            proto.lifetimeS = header.lifetimeSeconds
            if let origin = header.origin { proto.origin = Roost_V1_Origin(origin) }
            kind = .message(proto)
        case .receipt(let receipt):
            kind = .receipt(Roost_V1_Receipt(receipt))
        case .state(let state):
            kind = .state(Roost_V1_StreamState(state))
        case .error(let error):
            kind = .error(Roost_V1_Error(error))
        case .pong(let nonce):
            var proto = Roost_V1_Pong()
            proto.nonce = nonce
            kind = .pong(proto)
        case .drained:
            kind = .drained(Roost_V1_Drained())
        case .bye(let reason, let reconnectAfterMilliseconds):
            var proto = Roost_V1_Bye()
            proto.reason = reason
            proto.reconnectAfterMs = reconnectAfterMilliseconds
            kind = .bye(proto)
        case .presence(let user, let state):
            kind = .presence(Roost_V1_Presence(state, of: user))
        case .groupReceipt(let group, let progress):
            kind = .groupReceipt(Roost_V1_GroupReceipt(progress, of: group))
        case .typing(let typing):
            kind = .typing(Roost_V1_TypingNotice(typing))
        }
    }
}

extension Roost_V1_StreamState {
    fileprivate init(_ state: ServerFrame.StreamState) {
        self.init()
        id = state.id
        to = state.to.text
        stream = state.stream
        heldUpTo = state.heldUpTo
        deliveredUpTo = state.deliveredUpTo
        readUpTo = state.readUpTo
    }
}

extension Roost_V1_Error {
    fileprivate init(_ error: ErrorFrame) {
        self.init()
        code = Roost_V1_ErrorCode(rawValue: Int(error.code.rawValue)) ?? .errorUnspecified
        text = error.text
        id = error.id
        to = error.to
        stream = error.stream
        n = error.number
        expected = error.expected
        retryAfterMs = error.retryAfterMilliseconds
    }
}

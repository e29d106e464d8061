import FoundationEssentials
import RoostCore
import RoostSession

extension ClientFrame {
    init(_ kind: Roost_V1_ClientFrame.OneOf_Kind) throws(WireError) {
        switch kind {
        case .hello(let hello):
            self = .hello(Hello(token: hello.token, window: Int(hello.window), client: hello.client))
        case .send(let send):
            guard send.body.count <= Limits.bodyBytesMax else {
                throw .bodyTooLarge(
                    bytes: send.body.count, id: send.id, to: send.to, stream: send.stream, number: send.n)
            }
            let header = MessageHeader(
                kind: MessageHeader.Kind(send.kind), isForwarded: send.forwarded,
                about: send.hasAbout ? MessageReference(send.about) : nil, lifetimeSeconds: send.lifetimeS)
            self = .send(
                Send(
                    id: send.id, to: send.to, stream: send.stream, number: send.n,
                    content: MessageContent(header, body: send.body), isRetry: send.retry))
        case .ack(let ack):
            self = .ack(StreamKey(device: ack.device, stream: ack.stream), upTo: ack.upTo)
        case .read(let read):
            self = .read(from: read.from, StreamKey(device: read.device, stream: read.stream), upTo: read.upTo)
        case .query(let query):
            self = .query(id: query.id, to: query.to, stream: query.stream)
        case .ping(let ping):
            self = .ping(nonce: ping.nonce)
        case .watch(let watch):
            self = .watch(watch.users)
        case .receiptsKnown(let known):
            var receipts: [StreamReceipt] = []
            for receipt in known.receipts { receipts.append(try StreamReceipt(receipt)) }
            self = .receiptsKnown(receipts)
        case .typing(let typing):
            self = .typing(to: typing.to, isRecording: typing.recording)
        }
    }
}

extension Roost_V1_ClientFrame {
    init(_ frame: ClientFrame) {
        self.init()
        switch frame {
        case .hello(let hello):
            var proto = Roost_V1_Hello()
            proto.token = hello.token
            proto.window = UInt32(clamping: hello.window)
            proto.client = hello.client
            kind = .hello(proto)
        case .send(let send):
            var proto = Roost_V1_Send()
            proto.id = send.id
            proto.to = send.to
            proto.stream = send.stream
            proto.n = send.number
            let (header, body) = send.content.parts
            proto.body = Data(body)
            proto.retry = send.isRetry
            proto.kind = Roost_V1_MessageKind(header.kind)
            if let about = header.about { proto.about = Roost_V1_Reference(about) }
            proto.forwarded = header.isForwarded
            proto.lifetimeS = header.lifetimeSeconds
            kind = .send(proto)
        case .ack(let key, let upTo):
            var proto = Roost_V1_Ack()
            proto.device = key.device
            proto.stream = key.stream
            proto.upTo = upTo
            kind = .ack(proto)
        case .read(let from, let key, let upTo):
            var proto = Roost_V1_Read()
            proto.from = from
            proto.device = key.device
            proto.stream = key.stream
            proto.upTo = upTo
            kind = .read(proto)
        case .query(let id, let to, let stream):
            var proto = Roost_V1_Query()
            proto.id = id
            proto.to = to
            proto.stream = stream
            kind = .query(proto)
        case .ping(let nonce):
            var proto = Roost_V1_Ping()
            proto.nonce = nonce
            kind = .ping(proto)
        case .watch(let users):
            var proto = Roost_V1_Watch()
            proto.users = users
            kind = .watch(proto)
        case .receiptsKnown(let receipts):
            var proto = Roost_V1_ReceiptsKnown()
            proto.receipts = receipts.map { Roost_V1_Receipt($0) }
            kind = .receiptsKnown(proto)
        case .typing(let to, let isRecording):
            var proto = Roost_V1_Typing()
            proto.to = to
            proto.recording = isRecording
            kind = .typing(proto)
        }
    }
}

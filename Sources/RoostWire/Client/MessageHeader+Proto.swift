import RoostCore

extension MessageHeader.Kind {
    /// A kind that the schema has and this version does not count as unknown.
    init(_ kind: Roost_V1_MessageKind) {
        self = UInt8(exactly: kind.rawValue).flatMap(MessageHeader.Kind.init(rawValue:)) ?? .unknown
    }
}

extension Roost_V1_MessageKind {
    init(_ kind: MessageHeader.Kind) {
        self = Roost_V1_MessageKind(rawValue: Int(kind.rawValue)) ?? .unknown
    }
}

extension MessageReference {
    init(_ reference: Roost_V1_Reference) {
        self.init(
            key: StreamKey(device: reference.device, stream: reference.stream), number: reference.n,
            sentAtMilliseconds: reference.sentAtMs)
    }
}

extension Roost_V1_Reference {
    init(_ reference: MessageReference) {
        self.init()
        device = reference.key.device
        stream = reference.key.stream
        n = reference.number
        sentAtMs = reference.sentAtMilliseconds
    }
}

extension Roost_V1_Origin {
    init(_ origin: MessageOrigin) {
        self.init()
        author = origin.author.text
        to = origin.to.text
        device = origin.key.device
        stream = origin.key.stream
        n = origin.number
    }
}

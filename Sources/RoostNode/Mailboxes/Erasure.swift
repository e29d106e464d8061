import RoostCore

/// A place in a stream.
public struct StreamPlace: Equatable, Sendable {
    /// The stream.
    public let key: StreamKey
    /// Everything up to here.
    public let upTo: StreamNumber

    /// Makes a place.
    public init(key: StreamKey, upTo: StreamNumber) {
        self.key = key
        self.upTo = upTo
    }
}

extension ReplicaRequest {
    /// Of a conversation nothing is to be kept in one side's mailbox, as far as it went when somebody looked: what comes later is another
    /// conversation, also for an owner that hears of this late. With no places it is a question only.
    public struct Erase: Equatable, Sendable {
        /// Of the answer.
        public var token: GatewayToken
        /// Whose mailbox.
        public let user: Address
        /// The other side.
        public let other: Address
        /// The other side's streams to the user, as far as they are erased.
        public let inbound: [StreamPlace]
        /// The user's own streams to the other side, as far as they are erased: receipts and copies go that far.
        public let own: [StreamPlace]

        /// Makes a request.
        public init(
            token: GatewayToken, user: Address, other: Address, inbound: [StreamPlace], own: [StreamPlace]
        ) {
            self.token = token
            self.user = user
            self.other = other
            self.inbound = inbound
            self.own = own
        }
    }
}

/// How a conversation is erased, a majority of owners at each step: first it is asked how far its streams have come, then all up to there
/// goes. A step that is taken twice changes nothing, so whoever was not answered asks again.
struct Erasing: Sendable {
    /// Whose mailbox is asked, and for what.
    enum Step: Sendable {
        /// How far the user's streams to the other have come.
        case lookingAtOther
        /// How far the other's streams to the user have come.
        case lookingAtOwn
        /// What the user sent is dropped from the other's mailbox, and what is known there of the other's own messages.
        case erasingOther
        /// The same in the user's mailbox.
        case erasingOwn
    }

    let user: Address
    let other: Address
    /// Whether only what waits for the user goes: the user wants to hear nothing of the other.
    let isOneSided: Bool
    var step: Step
    /// How far the user's streams to the other had come.
    var outbound: [StreamPlace] = []
    /// How far the other's streams to the user had come.
    var inbound: [StreamPlace] = []

    init(user: Address, other: Address, isOneSided: Bool = false) {
        self.user = user
        self.other = other
        self.isOneSided = isOneSided
        step = isOneSided ? .lookingAtOwn : .lookingAtOther
    }

    /// What the owners of a mailbox are asked in this step.
    func request(token: GatewayToken) -> ReplicaRequest.Erase {
        switch step {
        case .lookingAtOther: .init(token: token, user: other, other: user, inbound: [], own: [])
        case .lookingAtOwn: .init(token: token, user: user, other: other, inbound: [], own: [])
        case .erasingOther: .init(token: token, user: other, other: user, inbound: outbound, own: inbound)
        case .erasingOwn: .init(token: token, user: user, other: other, inbound: inbound, own: outbound)
        }
    }

    /// What comes after this step, with what was answered; `nil` after the last.
    func next(after places: [StreamPlace]) -> Erasing? {
        var next = self
        switch step {
        case .lookingAtOther:
            next.outbound = places
            next.step = .lookingAtOwn
        case .lookingAtOwn:
            next.inbound = places
            next.step = isOneSided ? .erasingOwn : .erasingOther
        case .erasingOther: next.step = .erasingOwn
        case .erasingOwn: return nil
        }
        return next
    }
}

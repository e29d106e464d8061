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
    /// Of a conversation nothing is to be kept in one side's mailbox.
    public struct Erase: Equatable, Sendable {
        /// Of the answer.
        public let token: GatewayToken
        /// Whose mailbox.
        public let user: Address
        /// The other side.
        public let other: Address
        /// The user's own streams to the other side, as far as they are erased: receipts and copies go that far.
        public let own: [StreamPlace]

        /// Makes a request.
        public init(token: GatewayToken, user: Address, other: Address, own: [StreamPlace]) {
            self.token = token
            self.user = user
            self.other = other
            self.own = own
        }
    }
}

/// How a conversation is erased on both sides, a majority of owners at each step: first what the user sent is dropped from the other's
/// mailbox, then what the other sent and what is known of one's own from the user's, then what is known of its own from the other's.
/// A step that is taken twice changes nothing, so whoever was not answered asks again.
struct Erasing: Sendable {
    /// Whose mailbox is asked.
    enum Step: Sendable {
        case otherMailbox
        case ownMailbox
        case otherReceipts
    }

    let user: Address
    let other: Address
    var step = Step.otherMailbox

    /// Whose mailbox the step is about, and who is the other side of it.
    var sides: (mailbox: Address, other: Address) { step == .ownMailbox ? (user, other) : (other, user) }

    /// What comes after this step; `nil` after the last.
    var next: Erasing? {
        var next = self
        switch step {
        case .otherMailbox: next.step = .ownMailbox
        case .ownMailbox: next.step = .otherReceipts
        case .otherReceipts: return nil
        }
        return next
    }
}

import RoostCore

/// A node as the ring record names it.
public struct Member: Equatable, Sendable {
    /// The node.
    public let id: NodeID
    /// The operator's name for it: 1 to 64 of `a-z 0-9 . _ -`.
    public let name: String
    /// Where it stands: replicas of a slot are put in different zones when there are enough.
    public let zone: String
    /// Where peers reach it, `host:port`.
    public let address: String
    /// Where clients reach it, `host:port`.
    public let clientAddress: String
    /// Its share of the ring relative to the others, 1 to ``weightMax``; 1 by default.
    public let weight: UInt32
    /// Whether it comes, stays or goes.
    public var standing: Standing

    /// Whether a member comes, stays or goes.
    public enum Standing: UInt8, Equatable, Sendable, CaseIterable {
        /// Slots are moving to it until it has its share.
        case joining = 1
        /// It has its share, or had it before the last change.
        case member = 2
        /// Slots are moving away from it until it owns none and is no member any more.
        case leaving = 3
    }

    /// Longest zone or address in bytes: a host name has at most 253.
    public static let textBytesMax = 255
    /// The largest weight.
    public static let weightMax: UInt32 = 1 << 20

    /// Makes a member. Whether it keeps the rules is checked where a ring is made of it.
    public init(
        id: NodeID, name: String, zone: String, address: String, clientAddress: String, weight: UInt32 = 1,
        standing: Standing = .member
    ) {
        self.id = id
        self.name = name
        self.zone = zone
        self.address = address
        self.clientAddress = clientAddress
        self.weight = weight
        self.standing = standing
    }

    /// Refuses what breaks a rule of one of the fields.
    func check() throws(RingError) {
        guard UserName(name) != nil else { throw .invalidMember(name, field: "name") }
        guard zone.utf8.count <= Member.textBytesMax else { throw .invalidMember(name, field: "zone") }
        guard Member.isAddress(address) else { throw .invalidMember(name, field: "address") }
        guard Member.isAddress(clientAddress) else { throw .invalidMember(name, field: "client address") }
        guard (1...Member.weightMax).contains(weight) else { throw .invalidMember(name, field: "weight") }
    }

    /// Whether a text is a host, a colon and a port of 1 to 65535.
    private static func isAddress(_ text: String) -> Bool {
        guard text.utf8.count <= textBytesMax, let colon = text.utf8.lastIndex(of: UInt8(ascii: ":")) else {
            return false
        }
        let port = text.utf8[text.utf8.index(after: colon)...]
        guard colon > text.startIndex, port.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }),
            let number = UInt16(text[text.utf8.index(after: colon)...])
        else { return false }
        return number > 0
    }
}

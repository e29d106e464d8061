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
    /// Its share of the ring relative to the others; 1 by default.
    public let weight: UInt32

    /// Longest name, zone or address in bytes.
    public static let textBytesMax = 255

    /// Makes a member.
    public init(id: NodeID, name: String, zone: String, address: String, clientAddress: String, weight: UInt32 = 1) {
        self.id = id
        self.name = name
        self.zone = zone
        self.address = address
        self.clientAddress = clientAddress
        self.weight = weight
    }
}

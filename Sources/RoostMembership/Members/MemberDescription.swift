import RoostCore

/// A node as it presents itself to its peers.
public struct MemberDescription: Equatable, Sendable {
    /// The node.
    public var id: NodeID
    /// The operator's name for it: 1 to 64 of `a-z 0-9 . _ -`.
    public var name: String
    /// Where it stands: a failure domain.
    public var zone: String
    /// Where peers reach it, `host:port`, TCP and UDP alike.
    public var address: String
    /// Where clients reach it, `host:port`.
    public var clientAddress: String
    /// The life it is in; 0 in a description that comes from a ring record.
    public var boot: BootCounter

    /// Longest zone or address in bytes.
    public static let textBytesMax = 255

    /// Makes a description.
    public init(id: NodeID, name: String, zone: String, address: String, clientAddress: String, boot: BootCounter) {
        self.id = id
        self.name = name
        self.zone = zone
        self.address = address
        self.clientAddress = clientAddress
        self.boot = boot
    }

    /// Whether every field is one that peers accept.
    public var isValid: Bool {
        !id.isZero && UserName(name) != nil && boot <= UInt64(UInt32.max) && !address.isEmpty
            && [zone, address, clientAddress].allSatisfy { $0.utf8.count <= MemberDescription.textBytesMax }
    }
}

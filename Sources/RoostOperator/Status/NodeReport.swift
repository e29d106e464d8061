/// What the commands read of one node of `GET /admin/v1/status`.
public struct NodeReport: Codable, Equatable, Sendable {
    /// The operator's name for it.
    public var name: String
    /// `waiting`, `serving`, `draining` or `unreachable`.
    public var state: String
    /// `member`, `joining`, `leaving`, or none for a node that is no member.
    public var standing: String?
    /// Where it stands.
    public var zone: String
    /// Where peers reach it.
    public var address: String
    /// Where clients reach it.
    public var clientAddress: String
    /// The ring it goes by; 0 for none.
    public var epoch: UInt64
    /// Slots it owns.
    public var slots: Int
    /// Clients connected to it.
    public var sessions: Int
    /// Messages in the mailboxes it holds.
    public var pendingMessages: Int
    /// Bytes of its log's files.
    public var logBytes: Int
    /// Whether it refuses new messages for want of space.
    public var diskFull: Bool
    /// Slots of which its log could not be read whole, and which it has not mended yet.
    public var slotsQuarantined: Int?

    /// Makes a report.
    public init(
        name: String, state: String, standing: String? = nil, zone: String, address: String, clientAddress: String,
        epoch: UInt64, slots: Int, sessions: Int, pendingMessages: Int, logBytes: Int, diskFull: Bool,
        slotsQuarantined: Int? = nil
    ) {
        self.name = name
        self.state = state
        self.standing = standing
        self.zone = zone
        self.address = address
        self.clientAddress = clientAddress
        self.epoch = epoch
        self.slots = slots
        self.sessions = sessions
        self.pendingMessages = pendingMessages
        self.logBytes = logBytes
        self.diskFull = diskFull
        self.slotsQuarantined = slotsQuarantined
    }
}

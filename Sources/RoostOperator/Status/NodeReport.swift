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
}

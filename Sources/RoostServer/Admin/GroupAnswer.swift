import RoostCore
import RoostNode

/// `GET /admin/v1/group`, and `roost group show --json`: who is in a group, and nothing of what is said.
public struct GroupAnswer: Codable, Equatable, Sendable {
    /// Somebody in the group.
    public struct Member: Codable, Equatable, Sendable {
        /// The name.
        public var user: String
        /// Whether the member may change the list.
        public var admin: Bool
        /// The version of the list that made the member.
        public var since: UInt64
    }

    /// The address.
    public var group: String
    /// The name.
    public var name: String
    /// Whether it is no more.
    public var dissolved: Bool
    /// Whether there is a link into it.
    public var hasLink: Bool
    /// The version of the list.
    public var version: UInt64
    /// The version that is in force in the order of its messages.
    public var versionInForce: UInt64
    /// Messages and changes that have a number and are not kept for everybody yet.
    public var underWay: Int
    /// The members, in the order in which they came.
    public var members: [Member]
    /// The nodes that hold its mailbox and list.
    public var owners: [String]

    init(_ group: Group, order: GroupOrder, at address: Address, owners: [String]) {
        self.group = address.text
        name = group.name
        dissolved = group.isDissolved
        hasLink = !group.invitationHash.isEmpty
        version = group.version
        versionInForce = order.version
        underWay = order.window.count
        members = group.presentMembers.map {
            Member(user: $0.address.text, admin: $0.isAdmin, since: $0.since)
        }
        self.owners = owners
    }
}

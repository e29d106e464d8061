import Hummingbird
import RoostCore

/// A group as one of its members sees it.
struct GroupAnswer: ResponseEncodable {
    struct Member: Encodable {
        let user: String
        let admin: Bool
        /// The number of the stream that the group's messages come on to this member, decimal.
        let since: String
    }

    let group: String
    let name: String
    /// The version of the list, decimal.
    let version: String
    /// Whether what is sent from now on comes after the last change.
    let inForce: Bool
    let hasLink: Bool
    let members: [Member]

    init(_ standing: GroupAccess.Standing) {
        let group = standing.group
        self.group = standing.address.text
        name = group.name
        version = String(group.version)
        inForce = standing.isInForce
        hasLink = !group.invitationHash.isEmpty
        members = group.presentMembers.map {
            Member(user: $0.address.text, admin: $0.isAdmin, since: String($0.since))
        }
    }
}

/// The groups that somebody is in.
struct GroupListAnswer: ResponseEncodable {
    struct Entry: Encodable {
        let group: String
        let name: String
        let admin: Bool
        let members: Int
    }

    let groups: [Entry]
}

/// A link into a group: who has the secret may come in.
struct GroupLinkAnswer: ResponseEncodable {
    let group: String
    let secret: String
}

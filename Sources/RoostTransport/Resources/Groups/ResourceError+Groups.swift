import HTTPTypes
import RoostCore

/// What the resources of groups answer when something is not done.
extension ResourceError {
    static let unknownGroup = ResourceError(.notFound, .unknownGroup, "you are in no such group")
    static let tooManyGroups = ResourceError(
        .conflict, .tooManyGroups, "one can be in \(Limits.groupsJoinedMax) groups at most")

    /// Somebody who is not there, or who does not want to hear of who asks: that is not told apart.
    static func nobodyToTakeIn(_ user: UserName) -> ResourceError {
        ResourceError(.notFound, .unknownUser, "\(user) cannot be taken in")
    }

    /// Says why a group was not changed.
    init(_ refusal: Group.Refusal) {
        switch refusal {
        case .unknown, .notAMember: self = .unknownGroup
        case .notAnAdmin: self.init(.forbidden, .notAnAdmin, "only an admin of the group may do that")
        case .lastAdmin:
            self.init(.conflict, .lastAdmin, "a group needs an admin: hand over first, or dissolve the group")
        case .alreadyIn: self.init(.conflict, .alreadyInGroup, "who is meant is in the group, or an admin, already")
        case .full: self.init(.conflict, .groupFull, "the group has as many members as a group may have here")
        case .busy:
            self.init(
                .serviceUnavailable, .overloaded, "too many changes of the group wait already",
                headers: [.retryAfter: "1"])
        case .badLink: self.init(.forbidden, .badLink, "this is not, or no longer, a link into the group")
        case .notIn: self.init(.notFound, .notInGroup, "who is meant is not in the group, or not an admin")
        case .badRequest:
            self.init(
                .badRequest, .badGroup,
                "a group's name has 1 to \(Limits.groupNameBytesMax) bytes; at most \(Limits.groupMembersAtOnce) people are named at once, each once"
            )
        case .exists, .unreadable: self = .internalError
        }
    }
}

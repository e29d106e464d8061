import RoostCore
import RoostSession

extension PresenceState {
    init(_ presence: Roost_V1_Presence) {
        switch presence.state {
        case .online: self = .online
        case .offline: self = .offline(lastSeenMilliseconds: presence.lastSeenMs)
        case .presenceUnknown, .UNRECOGNIZED: self = .unknown
        }
    }
}

extension Roost_V1_Presence {
    init(_ state: PresenceState, of user: Address) {
        self.init()
        self.user = user.text
        switch state {
        case .unknown: break
        case .online: self.state = .online
        case .offline(let milliseconds):
            self.state = .offline
            lastSeenMs = milliseconds
        }
    }
}

extension GroupProgress {
    init(_ receipt: Roost_V1_GroupReceipt) {
        self.init(
            members: receipt.members, delivered: receipt.delivered.map { Step($0) },
            read: receipt.read.map { Step($0) })
    }
}

extension GroupProgress.Step {
    fileprivate init(_ count: Roost_V1_MemberCount) {
        self.init(upTo: count.upTo, members: count.members)
    }
}

extension Roost_V1_GroupReceipt {
    init(_ progress: GroupProgress, of group: Address) {
        self.init()
        self.group = group.text
        members = progress.members
        delivered = progress.delivered.map { Roost_V1_MemberCount($0) }
        read = progress.read.map { Roost_V1_MemberCount($0) }
    }
}

extension Roost_V1_MemberCount {
    fileprivate init(_ step: GroupProgress.Step) {
        self.init()
        upTo = step.upTo
        members = step.members
    }
}

extension Roost_V1_TypingNotice {
    init(_ typing: ServerFrame.Typing) {
        self.init()
        from = typing.from.text
        group = typing.group?.text ?? ""
        recording = typing.isRecording
        forMs = typing.milliseconds
    }
}

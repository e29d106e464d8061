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

extension Roost_V1_TypingNotice {
    init(_ typing: ServerFrame.Typing) {
        self.init()
        from = typing.from.text
        group = typing.group?.text ?? ""
        recording = typing.isRecording
        forMs = typing.milliseconds
    }
}

import Foundation
import RoostCore
import RoostSession

/// How it stands with the person who is talked to.
struct PeerOnScreen {
    var state = PresenceState.unknown
    private var typing: (who: String?, isRecording: Bool, until: Instant)?

    mutating func types(_ typing: ServerFrame.Typing, now: Instant) {
        self.typing = (
            typing.group == nil ? nil : typing.from.text, typing.isRecording,
            now + .milliseconds(UInt64(typing.milliseconds))
        )
    }

    /// What was being written has come.
    mutating func spoke() { typing = nil }

    /// When the text is another.
    func nextDeadline(now: Instant) -> Instant {
        guard let typing, now < typing.until else { return .distantFuture }
        return typing.until
    }

    /// In a few words; empty when nothing is known.
    func text(now: Instant) -> String {
        if let typing, now < typing.until {
            let who = typing.who.map { "\($0) " } ?? ""
            return who + (typing.isRecording ? "is recording…" : "is writing…")
        }
        switch state {
        case .unknown: return ""
        case .online: return "online"
        case .offline(lastSeenMilliseconds: 0): return "offline"
        case .offline(let milliseconds):
            let date = Date(timeIntervalSince1970: Double(milliseconds) / 1000)
            let format = Date.FormatStyle.dateTime.hour(.twoDigits(amPM: .omitted)).minute(.twoDigits)
            let isToday = Calendar.current.isDateInToday(date)
            return "last seen \(date.formatted(isToday ? format : format.month(.abbreviated).day()))"
        }
    }
}

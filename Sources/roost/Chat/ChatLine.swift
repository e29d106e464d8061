import Foundation
import RoostClient
import RoostCore

/// One line of the conversation.
struct ChatLine: Codable, Sendable {
    enum Kind: Codable, Sendable {
        /// Something this person said; the tick rises.
        case own(id: ClientSession.MessageID, tick: ClientSession.Tick)
        /// Something this person said that will never be sent.
        case refused(reason: String)
        /// Something that somebody said.
        case received
        /// Something this person said from another device; the tick rises.
        case elsewhere(SentElsewhere?)
        /// About the session itself.
        case note
    }

    /// Names a message of another device of this person.
    struct SentElsewhere: Codable, Sendable {
        let device: DeviceID
        let stream: UInt64
        let number: StreamNumber
        var tick: ClientSession.Tick
    }

    var kind: Kind
    /// Who the line is to or from; empty for a note.
    var peer: String
    var text: String
    var time: Date
    /// When it disappears from here; `nil` for never.
    var endsAt: Date?
    /// Where it stands in the order of its group; `nil` while it has no place, and between two people.
    var place: StreamNumber?

    /// `HH:MM`, local time.
    var clock: String {
        time.formatted(.dateTime.hour(.twoDigits(amPM: .omitted)).minute(.twoDigits))
    }

    /// The tick as it is shown.
    static func mark(_ tick: ClientSession.Tick) -> String {
        switch tick {
        case .waiting: "…"
        case .accepted: "·"
        case .sent: "✓"
        case .delivered: "✓✓"
        case .read: "✓✓ read"
        case .expired: "ended undelivered"
        }
    }

    /// Text from somebody else without what would steer the terminal: each control character becomes a blank.
    static func harmless(_ body: [UInt8]) -> String {
        var text = String.UnicodeScalarView()
        for scalar in String(decoding: body, as: UTF8.self).unicodeScalars {
            switch scalar.properties.generalCategory {
            case .control, .format, .lineSeparator, .paragraphSeparator: text.append(" ")
            default: text.append(scalar)
            }
        }
        return String(text)
    }
}

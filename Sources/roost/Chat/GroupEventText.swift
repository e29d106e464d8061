import Foundation
import RoostCore

/// What was done to a group, in words.
enum GroupEventText {
    private struct Event: Decodable {
        let event: String
        var members: [String]?
        var name: String?
    }

    /// The words; `author` is who did it.
    static func text(of body: [UInt8], by author: Address?) -> String {
        let event: Event
        do {
            event = try JSONDecoder().decode(Event.self, from: Data(body))
        } catch {
            return "something was changed that this program is too old for"
        }
        let who = author?.text ?? "somebody"
        let whom = ChatLine.harmless(Array((event.members ?? []).joined(separator: ", ").utf8))
        let name = ChatLine.harmless(Array((event.name ?? "").utf8))
        return switch event.event {
        case "created": "\(who) made the group \(name)"
        case "renamed": "\(who) calls it \(name)"
        case "added": "\(who) took in \(whom)"
        case "joined": "\(who) came in by the link"
        case "removed": "\(who) put out \(whom)"
        case "left": "\(who) left"
        case "promoted": "\(who) made \(whom) admin"
        case "demoted": "\(who) made \(whom) a plain member"
        case "handedOver": "\(who) handed over to \(whom)"
        case "linkMade": "\(who) made a link"
        case "linkRevoked": "\(who) revoked the link"
        case "dissolved": "\(who) dissolved the group"
        default: "something was changed that this program is too old for"
        }
    }

    /// The group's name, if the event says it.
    static func name(in body: [UInt8]) -> String? {
        do {
            return try JSONDecoder().decode(Event.self, from: Data(body)).name
        } catch {
            return nil
        }
    }
}

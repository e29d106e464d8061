import Foundation
import RoostClient
import RoostCore

extension ChatLine {
    /// What came, as a person reads it. `groups` are the names of groups, by address.
    init(_ message: ClientSession.ReceivedMessage, groups: [String: String], self user: Address?) {
        let (header, body) = message.content.parts
        if message.from.kind == .group {
            self.init(inGroup: groups[message.from.text] ?? message.from.text, header, Array(body), self: user)
            return
        }
        let text = ChatLine.text(header, Array(body))
        let isCopy = message.key.isCopy
        let sent = header.origin.map { origin in
            SentElsewhere(device: origin.key.device, stream: origin.key.stream, number: origin.number, tick: .sent)
        }
        self.init(
            kind: isCopy ? .elsewhere(sent) : .received,
            peer: (isCopy ? header.origin?.to : nil)?.text ?? message.from.text,
            text: text, time: Date(), endsAt: ChatLine.end(header))
    }

    /// When a line with this header disappears that is shown now.
    private static func end(_ header: MessageHeader) -> Date? {
        guard header.lifetimeSeconds > 0, header.kind != .lifetimeChange else { return nil }
        return Date() + TimeInterval(header.lifetimeSeconds)
    }

    private init(inGroup name: String, _ header: MessageHeader, _ body: [UInt8], self user: Address?) {
        let author = header.origin?.author
        guard header.kind != .groupEvent else {
            self.init(
                kind: .note, peer: "", text: "\(name): \(GroupEventText.text(of: body, by: author))", time: Date())
            return
        }
        let text = ChatLine.text(header, body)
        if author == user {
            self.init(kind: .elsewhere(nil), peer: name, text: text, time: Date(), endsAt: ChatLine.end(header))
        } else {
            self.init(
                kind: .received, peer: "\(author?.text ?? "somebody")@\(name)", text: text, time: Date(),
                endsAt: ChatLine.end(header))
        }
    }

    private static func text(_ header: MessageHeader, _ body: [UInt8]) -> String {
        let said = harmless(body)
        let text =
            switch header.kind {
            case .plain: said
            case .edit: "(corrects) \(said)"
            case .deletion: "(takes back a message)"
            case .reaction: said.isEmpty ? "(takes back a reaction)" : "(reacts) \(said)"
            case .lifetimeChange:
                header.lifetimeSeconds == 0
                    ? "(messages stay from now on)"
                    : "(messages disappear after \(Lifetime.text(header.lifetimeSeconds)) from now on)"
            case .erasure: "(has erased this conversation)"
            case .expired: "(a message that ended before you were here)"
            case .groupEvent: "(\(said))"
            case .unknown: "(something that this program is too old for)"
            }
        return header.isForwarded ? "(forwarded) \(text)" : text
    }
}

import Foundation
import RoostClient
import RoostCore

extension ChatLine {
    /// What came, as a person reads it.
    init(_ message: ClientSession.ReceivedMessage) {
        let (header, body) = message.content.parts
        let said = ChatLine.harmless(Array(body))
        let text =
            switch header.kind {
            case .plain: said
            case .edit: "(corrects) \(said)"
            case .deletion: "(takes back a message)"
            case .reaction: said.isEmpty ? "(takes back a reaction)" : "(reacts) \(said)"
            case .groupEvent: "(\(said))"
            case .unknown: "(something that this program is too old for)"
            }
        let isCopy = message.key.isCopy
        self.init(
            kind: isCopy ? .elsewhere : .received, peer: (isCopy ? header.origin?.to : nil)?.text ?? message.from.text,
            text: header.isForwarded ? "(forwarded) \(text)" : text, time: Date())
    }
}

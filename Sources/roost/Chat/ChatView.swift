/// How a chat is shown and fed: a terminal, or plain lines.
protocol ChatView: AnyObject {
    /// Shows the lines as they are now; `changed` are those that are new or have another tick.
    func show(_ lines: [ChatLine], changed: [Int], status: ChatStatus)
    /// Makes of keys what they mean.
    func take(_ keys: [UInt8]) -> [ChatInput]
    /// Gives the terminal back.
    func close()
}

/// What keys come to.
enum ChatInput: Equatable {
    case line(String)
    case end
}

/// The line about the session itself.
struct ChatStatus: Equatable {
    var user: String
    var peer: String?
    var connection: String
    var unsent: Int

    /// In one line.
    var text: String {
        let waiting = unsent == 0 ? "" : ", \(unsent) unsent"
        return "\(user) \(peer.map { "→ \($0)" } ?? "(nobody: /to NAME)") · \(connection)\(waiting)"
    }
}

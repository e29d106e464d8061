import RoostNode

/// Where messages wait and receipts are kept: mailboxes, each on the owners of its slot.
public protocol MailboxService: Sendable {
    /// Looks into a mailbox. It answers within seconds, also when the owners do not.
    func ask(_ request: MailboxRequest) async -> MailboxAnswer
}

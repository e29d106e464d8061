import RoostCore
import RoostSession

extension ClientSession {
    /// Between two frames that say which receipts are known.
    public static let receiptsPause = TimeSpan.seconds(1)

    /// Somebody has got on with what this person sent, from this device or another.
    mutating func take(_ receipt: StreamReceipt, now: Instant, into actions: inout [Action]) {
        if receipt.key.device == device {
            raise(to: .delivered, receipt.reader, receipt.key.stream, upTo: receipt.deliveredUpTo, into: &actions)
            raise(to: .read, receipt.reader, receipt.key.stream, upTo: receipt.readUpTo, into: &actions)
            end(receipt.expired, receipt.reader, receipt.key.stream, into: &actions)
        } else {
            actions.append(.receiptElsewhere(receipt))
        }
        if let index = receiptsDue.firstIndex(where: { $0.key == receipt.key && $0.reader == receipt.reader }) {
            let due = receiptsDue[index]
            receiptsDue[index].deliveredUpTo = max(due.deliveredUpTo, receipt.deliveredUpTo)
            receiptsDue[index].readUpTo = max(due.readUpTo, receipt.readUpTo)
            _ = receiptsDue[index].expired.formUnion(receipt.expired)
        } else {
            receiptsDue.append(receipt)
        }
        if receiptsDueAt == nil { receiptsDueAt = now + ClientSession.receiptsPause }
    }

    /// Says which receipts are known, at most once a second. What is not said before the connection breaks is told again.
    mutating func sayReceiptsKnown(now: Instant, into actions: inout [Action]) {
        guard let dueAt = receiptsDueAt, now >= dueAt else { return }
        let receipts = Array(receiptsDue.prefix(Limits.receiptsKnownMax))
        receiptsDue.removeFirst(receipts.count)
        receiptsDueAt = receiptsDue.isEmpty ? nil : now + ClientSession.receiptsPause
        // The ticks are to be on disk before: nobody tells them again.
        actions.append(.save)
        actions.append(.write(.receiptsKnown(receipts)))
    }
}

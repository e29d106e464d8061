import OrderedCollections
import RoostCore
import RoostMailbox

/// Receipts: every device of who sent is told how far readers are, and told again at each subscription until it has said that it
/// knows.
///
/// What a device knows rides in the receipt's own record. A record is written at each rise of the maxima, with what is known by
/// then; what only became known waits for that, or for ``receiptPause``. A crash takes back so much of it at most, and something is
/// told twice.
extension ReplicaMachine {
    /// How long the word that a device knows a receipt may be in memory only.
    static let receiptPause = TimeSpan.seconds(60)

    /// A reader has got on.
    mutating func take(_ receipt: ReplicaRequest.Receipt, slot: Slot, into actions: inout [ShardAction]) {
        let index = enter(receipt.user, of: slot)
        guard !entries.values[index].isDeleted else { return }
        if let merged = merge(receipt, of: slot, into: &actions) {
            logMark(.receipt(merged), slot: slot, into: &actions)
        }
    }

    /// Takes what a gateway or another owner has of a receipt, and tells the sessions of what has risen.
    /// - Returns: it as it is now, to be logged; `nil` when all of that was known.
    mutating func merge(
        _ receipt: ReplicaRequest.Receipt, of slot: Slot, into actions: inout [ShardAction]
    ) -> ReplicaRequest.Receipt? {
        let index = enter(receipt.user, of: slot)
        let key = ReceiptTable.Key(stream: receipt.key, reader: receipt.reader)
        let rise = entries.values[index].mailbox.receipts.merge(key, receipt.progress)
        guard rise.isAny else { return nil }
        if receipt.user.kind == .group { presenceMayHaveChanged(of: receipt.user) }
        // Who hides what it reads is not shown what others read.
        let isNews = rise.isOfDelivered || rise.isOfReads && entries.values[index].sharesReads
        if isNews, let progress = entries.values[index].mailbox.receipts.entries[key]?.progress {
            for subscription in entries.values[index].subscriptions where subscription.mode == .full {
                tell(key, progress, to: subscription, slot: slot, into: &actions)
            }
        }
        return logged(receipt)
    }

    /// A receipt as it is now, for a record that is about to be written.
    mutating func logged(_ receipt: ReplicaRequest.Receipt) -> ReplicaRequest.Receipt? {
        let mark = Mark.receipt(receipt.user, receipt.key, reader: receipt.reader)
        guard case .receipt(let latest) = current(mark)?.record else { return nil }
        unloggedReceipts.remove(mark)
        return latest
    }

    /// A device says what it knows.
    mutating func take(_ known: ReplicaRequest.ReceiptsKnown) {
        guard let index = entries.index(forKey: known.user),
            entries.values[index].mailbox.devices.contains(known.device)
        else { return }
        for receipt in known.receipts {
            let isNew = entries.values[index].mailbox.receipts.learn(
                .init(stream: receipt.key, reader: receipt.reader),
                .init(
                    device: known.device, deliveredUpTo: receipt.deliveredUpTo, readUpTo: receipt.readUpTo,
                    expired: receipt.expired.count))
            guard isNew else { continue }
            unloggedReceipts.append(.receipt(known.user, receipt.key, reader: receipt.reader))
        }
    }

    /// Logs what has become known and did not find another record to ride in.
    mutating func logUnloggedReceipts(into actions: inout [ShardAction]) {
        while !unloggedReceipts.isEmpty {
            let marks = Array(unloggedReceipts.prefix(ReplicaMachine.marksAtOnce))
            unloggedReceipts.subtract(marks)
            logMarks(marks.compactMap(current), into: &actions)
        }
    }

    /// Tells a device that has subscribed what it has not said that it knows.
    func tellReceipts(
        of user: Address, to device: DeviceID, wallMilliseconds: UInt64, slot: Slot, into actions: inout [ShardAction]
    ) {
        guard let entry = entries[user],
            let subscription = entry.subscriptions.first(where: { $0.device == device && $0.mode == .full })
        else { return }
        let unknown = entry.mailbox.receipts.unknown(
            to: device, butReads: !entry.sharesReads, wallMilliseconds: wallMilliseconds)
        for (key, progress) in unknown { tell(key, progress, to: subscription, slot: slot, into: &actions) }
    }

    private func tell(
        _ key: ReceiptTable.Key, _ progress: ReceiptProgress, to subscription: Subscription, slot: Slot,
        into actions: inout [ShardAction]
    ) {
        let receipt = StreamReceipt(
            reader: key.reader, key: key.stream, deliveredUpTo: progress.deliveredUpTo, readUpTo: progress.readUpTo,
            expired: progress.expired)
        reply(
            .receipt(slot: slot, receipt), token: subscription.session, to: subscription.gateway, into: &actions)
    }

    // MARK: Unread

    /// How far each stream goes, and how far the person has seen it. Copies of what the user's own devices sent are not for reading.
    func tellUnread(of user: Address, token: GatewayToken, to gateway: NodeID, into actions: inout [ShardAction]) {
        var told: [GatewayReply.Unread] = []
        let streams = entries[user]?.mailbox.streams ?? [:]
        for key in streams.keys.sorted() where !key.isCopy {
            guard told.count < Limits.unreadStreamsMax, let stream = streams[key] else { continue }
            told.append(.init(key: key, sender: stream.sender, top: stream.top, seenUpTo: stream.seenUpTo))
        }
        reply(.unread(told), token: token, to: gateway, into: &actions)
    }
}

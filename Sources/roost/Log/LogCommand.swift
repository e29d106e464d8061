import ArgumentParser
import Foundation
import RoostCore
import RoostNode
import RoostStorage

/// `roost log`
struct LogCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "log", abstract: "Look into a node's log.", subcommands: [Inspect.self])

    /// `roost log inspect`
    struct Inspect: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "inspect",
            abstract: "Show segments, blocks, live and dead bytes and compression, and verify every byte.",
            discussion: """
                Reads only; the node may be running. Ends with 1 when something cannot be read that should be.

                With two names it shows what the log has of the conversation of these people, never what they said: \
                after it was erased there are marks, numbers that keep a late copy from coming back, and nothing else alive.
                """)

        @Argument(help: "The node's data directory.")
        var directory: String
        @Option(
            name: .customLong("between"), parsing: .upToNextOption,
            help: "Two people: what the log has of their conversation.")
        var between: [String] = []
        @Flag(help: "Print JSON.")
        var json = false

        func run() throws {
            let people = try people()
            var shard = ShardMachine(
                node: UniqueID(high: 0, low: 0), nodeName: "", shard: 0, random: SeededRandom(seed: 0))
            var found: [(record: ReplicaRecord, location: LogLocation, bytes: Int)] = []
            var unreadable = 0
            var inspection = try LogInspection(of: directory) { replayed in
                do throws(ByteReaderError) {
                    try shard.replay(
                        slot: replayed.slot, kind: replayed.kind, head: replayed.head, bodyBytes: replayed.bodyBytes,
                        at: replayed.location)
                    guard !people.isEmpty else { return }
                    let record = try ReplicaRecord(kind: replayed.kind, head: replayed.head)
                    guard record.isOfMailbox(in: people) else { return }
                    found.append((record, replayed.location, replayed.head.count + replayed.bodyBytes))
                } catch {
                    unreadable += 1
                }
            }
            if unreadable > 0 {
                let warning = "\(unreadable) records are of a later version: what is live and dead is not certain\n"
                FileHandle.standardError.write(Data(warning.utf8))
            }
            var actions: [ShardAction] = []
            shard.replayed(into: &actions)
            for segment in inspection.segments.indices { inspection.segments[segment].deadBytes = 0 }
            for case .freed(let segment, let bytes) in actions { inspection.release(segment: segment, bytes: bytes) }
            if people.count == 2 {
                let conversation = ConversationBytes(of: people[0], people[1], found, shard: shard)
                if json { try printJSON(conversation) } else { print(conversation.text) }
            } else if json {
                try printJSON(inspection)
            } else {
                print(inspection.table { ReplicaRecord.Kind(rawValue: $0).map { "\($0)" } ?? "kind \($0)" })
            }
            guard inspection.isWhole else { throw ExitCode.failure }
        }

        private func people() throws -> [Address] {
            guard between.isEmpty || between.count == 2 else {
                throw ValidationError("--between wants two names, like: --between alice bob")
            }
            return try between.map { name in
                guard let address = Address(name), address.kind == .user else {
                    throw ValidationError("“\(name)” is not a user name")
                }
                return address
            }
        }
    }
}

extension ReplicaRecord {
    /// Whether it is of the mailbox of one of these.
    fileprivate func isOfMailbox(in people: [Address]) -> Bool {
        switch self {
        case .message(let head): people.contains(head.recipient)
        case .watermark(let watermark): people.contains(watermark.user)
        case .receipt(let receipt): people.contains(receipt.user)
        case .lost(let loss): people.contains(loss.user)
        case .register, .lastSeen, .merged, .restored, .expansion: false
        }
    }
}

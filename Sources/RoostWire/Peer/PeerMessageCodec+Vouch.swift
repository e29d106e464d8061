import RoostConsensus
import RoostCore
import RoostNode

/// Bytes of what owners ask each other before they drop anything.
extension PeerMessageCodec {
    static func write(_ vouch: ReplicaRequest.Vouch, to writer: inout ByteWriter) {
        writer.writeFixed(vouch.token)
        writer.writeCount(vouch.accounts.count)
        for account in vouch.accounts {
            writer.write(account.user)
            writer.write(account.ballot)
        }
    }

    static func readVouch(from reader: inout ByteReader) throws(ByteReaderError) -> ReplicaRequest.Vouch {
        .init(
            token: try reader.readUInt64(),
            accounts: try reader.readList { reader throws(ByteReaderError) in
                ReplicaRequest.Vouch.Account(user: try reader.readAddress(), ballot: try reader.readBallot())
            })
    }

    static func write(_ doubts: [GatewayReply.Doubt], to writer: inout ByteWriter) {
        writer.writeCount(doubts.count)
        for doubt in doubts {
            writer.write(doubt.user)
            writer.write(doubt.newer != nil)
            if let newer = doubt.newer { writer.writeBytes(newer.encode()) }
        }
    }

    static func readDoubt(from reader: inout ByteReader) throws(ByteReaderError) -> GatewayReply.Doubt {
        let user = try reader.readAddress()
        guard try reader.readBool() else { return .init(user: user, newer: nil) }
        let bytes = try reader.readBytes(limit: registerBytesMax + 64)
        return .init(user: user, newer: try RegisterState(decoding: bytes))
    }
}

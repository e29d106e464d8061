import RoostCore
import RoostSession

extension ClientFrame {
    /// What of the frame goes into the trace: its kind and numbers.
    var fingerprint: UInt64 {
        switch self {
        case .hello: 1
        case .send(let send): send.number << 8 | (send.isRetry ? 2 : 3)
        case .ack(let key, let upTo): upTo << 8 ^ key.device | 4
        case .read(_, let key, let upTo): upTo << 8 ^ key.device | 5
        case .query(let id, _, let stream): id << 16 | stream << 8 | 6
        case .ping(let nonce): nonce << 8 | 7
        case .watch(let users): UInt64(users.count) << 8 | 8
        case .receiptsKnown(let receipts): UInt64(receipts.count) << 8 | 11
        case .typing(_, let isRecording): isRecording ? 9 : 10
        }
    }
}

extension ServerFrame {
    /// What of the frame goes into the trace: its kind and numbers.
    var fingerprint: UInt64 {
        switch self {
        case .welcome: 1
        case .accepted(_, _, let stream, let number): number << 16 ^ stream << 8 | 2
        case .sent(_, let stream, let upTo): upTo << 16 ^ stream << 8 | 3
        case .message(let message): message.number << 8 ^ message.key.device ^ message.sentAtMilliseconds << 24 | 4
        case .receipt(let receipt):
            receipt.deliveredUpTo << 32 ^ receipt.expired.count << 20 ^ receipt.readUpTo << 8 ^ receipt.key.device | 5
        case .state(let state): state.heldUpTo << 32 ^ state.deliveredUpTo << 8 | 6
        case .error(let error): UInt64(error.code.rawValue) << 8 ^ error.number << 16 | 7
        case .pong(let nonce): nonce << 8 | 8
        case .drained: 9
        case .bye(_, let milliseconds): UInt64(milliseconds) << 8 | 10
        case .presence(_, .unknown): 11
        case .presence(_, .online): 12
        case .presence(_, .offline(let milliseconds)): milliseconds << 8 | 13
        case .groupReceipt(_, let progress):
            (progress.delivered.first?.upTo ?? 0) << 16 ^ UInt64(progress.members) << 8 | 15
        case .typing(let typing): UInt64(typing.milliseconds) << 8 | 14
        }
    }
}

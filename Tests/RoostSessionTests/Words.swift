import RoostCore
import RoostSession

// The people and things of the transcripts: the session is bob's, alice writes to him, he writes to carol.

func name(_ text: String) -> Address {
    guard let name = Address(text) else { preconditionFailure("\(text) is not a name") }
    return name
}

let alice = name("alice")
let bob = name("bob")
let carol = name("carol")
let ownStream: UInt64 = 0x5EED
let wallTime: UInt64 = 1_700_000_000_000
/// The stream that alice sends to bob.
let fromAlice = StreamKey(device: 0xA11CE, stream: 7)
/// Another one, of dave.
let fromDave = StreamKey(device: 0xDA7E, stream: 1)
/// The stream that bob sends to carol.
let toCarol = OutboundKey(to: carol, stream: 9)

func send(_ number: StreamNumber, _ body: String = "x", isRetry: Bool = false) -> ClientFrame.Send {
    .init(to: "carol", stream: toCarol.stream, number: number, body: Array(body.utf8), isRetry: isRetry)
}

/// A message on its way to the owners. One that is new is marked like a retry: an owner to which the reader's
/// acknowledgement comes first must not take it for a number used twice.
func outbound(_ number: StreamNumber, _ body: String = "x", isRetry: Bool = true) -> OutboundMessage {
    OutboundMessage(
        number: number, body: MessageContent(body: Array(body.utf8)).bytes, isRetry: isRetry,
        sentAtMilliseconds: wallTime)
}

func message(
    _ number: StreamNumber, _ key: StreamKey = fromAlice, lostFrom: StreamNumber = 0
) -> ServerFrame.Message {
    .init(
        from: key == fromDave ? name("dave") : alice, key: key, number: number, body: Array("m\(number)".utf8),
        lostFrom: lostFrom, sentAtMilliseconds: wallTime)
}

func pending(_ key: StreamKey = fromAlice, watermark: StreamNumber = 0, top: StreamNumber)
    -> SessionMachine.BacklogStream
{
    .init(key: key, sender: key == fromDave ? name("dave") : alice, watermark: watermark, top: top)
}

/// The frames among `actions`, which must be nothing but messages: their numbers.
func released(_ actions: [SessionAction]) -> [StreamNumber] {
    actions.map { action in
        if case .frame(.message(let message)) = action { message.number } else { 0 }
    }
}

/// The errors among `actions`: code and number.
func refusals(_ actions: [SessionAction]) -> [Refusal] {
    actions.compactMap { action in
        if case .frame(.error(let error)) = action {
            Refusal(code: error.code, number: error.number, expected: error.expected)
        } else {
            nil
        }
    }
}

/// What matters of an error frame.
struct Refusal: Equatable {
    var code: ErrorCode
    var number: StreamNumber = 0
    var expected: StreamNumber = 0
}

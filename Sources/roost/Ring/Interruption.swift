import Dispatch
import Glibc

/// Ctrl-C while a move is watched: the move goes on, and the command says so before it ends.
struct Interruption {
    private let source: any DispatchSourceSignal

    init(saying text: String) {
        signal(SIGINT, SIG_IGN)
        source = DispatchSource.makeSignalSource(signal: SIGINT)
        source.setEventHandler {
            Output.line(text)
            exit(130)
        }
        source.resume()
    }

    func end() {
        source.cancel()
        signal(SIGINT, SIG_DFL)
    }
}

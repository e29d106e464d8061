import Glibc

/// A thread of its own, for what blocks.
///
/// `@unchecked`: the handle is written once, before anybody else sees it.
final class SystemThread: @unchecked Sendable {
    private var handle = pthread_t()

    /// The work, handed over to the thread.
    private final class Work {
        let run: () -> Void

        init(run: @escaping () -> Void) {
            self.run = run
        }
    }

    /// Starts a thread. What `run` holds belongs to it from now on.
    init(run: sending @escaping () -> Void) throws(StorageError) {
        let work = Unmanaged.passRetained(Work(run: run))
        let code = pthread_create(
            &handle, nil,
            { argument in
                guard let argument else { return nil }
                Unmanaged<Work>.fromOpaque(argument).takeRetainedValue().run()
                return nil
            }, work.toOpaque())
        guard code == 0 else {
            work.release()
            throw .system(call: "pthread_create", path: "", code: code)
        }
    }

    /// Waits for its end.
    func join() {
        pthread_join(handle, nil)
    }
}

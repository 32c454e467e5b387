"""Processes that share a model end with the same weights, which are those of the mean gradient."""
import tempfile

import torch
import torch.distributed as dist
import torch.multiprocessing as multiprocessing

from nic_training import distributed


def work(rank: int, rendezvous: str, results) -> None:
    dist.init_process_group('gloo', init_method=f'file://{rendezvous}', rank=rank, world_size=2)
    torch.manual_seed(rank)
    model = torch.nn.Linear(3, 2)
    distributed.share(model)
    (model(torch.full((1, 3), 1.0 + rank)).sum() * (1 + rank)).backward()
    distributed.average_gradients(model)
    agreed = distributed.largest([float(rank), -float(rank)], torch.device('cpu'))
    results.put((rank, model.weight.detach().tolist(), model.weight.grad.tolist(), agreed))
    distributed.stop()


def test_processes_share_weights_and_average_gradients():
    context = multiprocessing.get_context('spawn')
    results = context.Queue()
    with tempfile.TemporaryDirectory() as folder:
        processes = [context.Process(target=work, args=(rank, f'{folder}/meeting', results)) for rank in range(2)]
        for process in processes:
            process.start()
        (_, weights, gradients, agreed), (_, *other) = sorted(results.get(timeout=240) for _ in processes)
        for process in processes:
            process.join(60)
    assert [weights, gradients, agreed] == other
    assert gradients == [[2.5] * 3] * 2  # the mean of 1 * 1 and 2 * 2
    assert agreed == [1.0, 0.0]

#!/bin/bash
# hyperparameter_sweep.sh

LEARNING_RATES="0.001 0.0001 0.00001 0.000001"
MIG_DEVICES=$(echo $NVIDIA_VISIBLE_DEVICES | tr ',' ' ')

i=0
for lr in $LEARNING_RATES; do
    MIG=$(echo $MIG_DEVICES | cut -d' ' -f$((i+1)))
    echo "Starting training with lr=$lr on MIG $MIG"
    CUDA_VISIBLE_DEVICES=$MIG python train.py --lr=$lr --output=results_$lr.json &
    pids[$i]=$!
    i=$((i+1))
done

# Wait for all to complete
for pid in ${pids[@]}; do
    wait $pid
done

echo "All experiments complete!"
